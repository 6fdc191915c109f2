"""Reports: one document of words and figures for a place or a meeting, written as HTML, PDF, DOCX and map layers."""

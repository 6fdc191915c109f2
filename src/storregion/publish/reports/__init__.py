"""Reports: words and figures on a place or for a meeting, as HTML, PDF, DOCX and map layers."""

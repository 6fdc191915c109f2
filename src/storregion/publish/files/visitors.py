"""What programs that visit the portal look for first: rules for robots, and whom to tell of a weakness."""

from storregion.core.group import Portal

TEXT = "text/plain; charset=utf-8"
ROBOTS, SECURITY = "robots.txt", ".well-known/security.txt"


def robots() -> bytes:
    """The rules for robots: all pages are open, but not every way to sort or change them."""
    return b"User-agent: *\nDisallow: /*?\n"


def security(portal: Portal) -> bytes | None:
    """Whom to tell of a weakness, by RFC 9116; None where the group names nobody.

    Parameters
    ----------
    portal : of the group, with the contact and the day until which it holds.
    """
    if portal.security is None or portal.security_until is None:
        return None
    lines = [f"Contact: {portal.security}", f"Expires: {portal.security_until.isoformat()}T23:59:59Z"]
    if portal.address:
        lines.append(f"Canonical: {portal.address}{SECURITY}")
    return "\n".join([*lines, "Preferred-Languages: sv, en", ""]).encode()

"""A tree of fusions."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup


def tree(leaves: Mapping[str, str], fusions: Sequence[tuple[str, str, str]], title: str) -> str:
    """A tree of fusions lying on its side: leaves to the left, the last fusion to the right.

    Parameters
    ----------
    leaves : the name of each leaf by its code.
    fusions : for each step its own code, and the codes of the two that it fuses.
    title : what the tree shows.
    """
    inside = {step: (one, two) for step, one, two in fusions}
    order: list[str] = []
    stack = [fusions[-1][0]] if fusions else list(leaves)
    while stack:
        code = stack.pop()
        if code in inside:
            stack += reversed(inside[code])
        else:
            order.append(code)
    high, left, wide = 24, 240, 740
    place = {code: (0.0, 18.0 + high * at) for at, code in enumerate(order)}
    lines = []
    for at, (step, one, two) in enumerate(fusions, start=1):
        x = wide * at / len(fusions)
        (x1, y1), (x2, y2) = place[one], place[two]
        lines.append(f"M{left + x1:.0f} {y1:.0f}H{left + x:.0f}V{y2:.0f}H{left + x2:.0f}")
        place[step] = (x, (y1 + y2) / 2)
    names = [
        Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(
            left - 8, place[code][1] + 6, leaves[code]
        )
        for code in order
    ]
    return str(
        Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" class="tree" viewBox="0 0 1000 {}" '
            'role="img" aria-label="{}">'
            '<path d="{}"/>{}</svg>'
        ).format(high * len(order) + 12, title, Markup("".join(lines)), Markup("").join(names))
    )

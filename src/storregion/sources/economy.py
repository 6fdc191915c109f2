"""The counties' production as Eurostat publishes it, and the goods that Ports of Sweden's members report."""

from pathlib import Path
from typing import Annotated

from storregion.core.group import RegionGroup
from storregion.core.lineage import Raw
from storregion.facts import economy as facts
from storregion.facts.places import Counties
from storregion.sources import areas


def gross_regional_product(
    raw: Annotated[Path, Raw("gross_regional_product.csv")], counties: Counties
) -> facts.GrossRegionalProduct:
    """Gross regional product by county."""
    return areas.observed(raw, facts.GROSS_REGIONAL_PRODUCT, counties)


def port_goods(
    raw: Annotated[Path, Raw("port_goods.csv")], counties: Counties, group: RegionGroup
) -> facts.PortGoods:
    """Goods in the ports of counties that have members, and of the country."""
    return areas.observed(raw, facts.PORT_GOODS, counties, group)

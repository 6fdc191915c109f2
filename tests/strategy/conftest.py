"""The small group with a whole strategy of its own, made up, for tests to spoil."""

import datetime
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from storregion.core import settings
from storregion.core.errors import SettingError
from storregion.core.workspace import Workspace
from storregion.strategy import documents, whole
from storregion.strategy.editions import Edition
from storregion.strategy.whole import Whole

FILES = {
    "strategy/documents.toml": """
[plan]
title = "Plan"
publisher = "Regionen"
date = "2030"
[rus]
title = "RUS"
publisher = "Regionen"
date = "2029-05"
kind = "development_strategy"
organisation = "region"
[op]
title = "ÖP"
publisher = "Rådet"
organisation = "council"
""",
    "strategy/statements.toml": """
[rus.rail]
text = "Regionen bygger ut spåren mellan städerna."
translation = "The region extends the rails between the towns."
[rus.power]
text = "Elen ska räcka."
translation = "There shall be enough power."
""",
    "strategy/texts/op.txt": "Kommunen planerar bostäder\nvid stationen. Vägen byggs om.\n",
    "strategy/organisations.toml": """
[organisations.region]
name = { sv = "Regionen", en = "The region" }
kind = "region"
county = "10"
adopts = true
decides = { sv = "Antar.", en = "Adopts." }
document = "plan"
[organisations.council]
name = { sv = "Rådet", en = "The council" }
kind = "council"
adopts = true
why = { sv = "Okänt.", en = "Not known." }
[[unknown]]
what = { sv = "Namn", en = "Names" }
why = { sv = "Inte lästa.", en = "Not read." }
""",
    "strategy/meetings/2030-06.toml": """
date = 2030-06-15
body = "council"
title = { sv = "Junimötet", en = "The June meeting" }
document = "plan"
[[decisions]]
what = { sv = "Spåren går först.", en = "Rails go first." }
case = "D1"
elements = ["2030/rail"]
""",
    "strategy/2020.toml": """
year = 2020
title = { sv = "Första", en = "First" }
document = "plan"
goal = { text = "Ett mål", translation = "A goal", document = "plan" }
[focus.roads]
label = { sv = "Vägar", en = "Roads" }
words = { text = "Fler vägar", translation = "More roads", document = "plan" }
""",
    "strategy/2030.toml": """
year = 2030
title = { sv = "Andra", en = "Second" }
document = "plan"
published = "2030-01-31"
valid_from = "2030"
[goal]
text = "Ett nytt mål"
translation = "A new goal"
document = "plan"
page = 3
[[goal.variants]]
text = "Ett annat mål"
translation = "Another goal"
document = "rus"
[focus.rail]
label = { sv = "Järnväg", en = "Rail" }
words = { text = "Fler spår", translation = "More rails", document = "plan" }
[focus.power]
label = { sv = "Kraft", en = "Power" }
words = { text = "Mer kraft & <ljus>", translation = "More power & <light>", document = "plan" }
""",
    "strategy/adoptions/2030.toml": """
fingerprint = "0000000000000000000000000000000000000000000000000000000000000000"
[[adoption]]
organisation = "region"
document = "plan"
date = 2030-02-28
case = "R1"
""",
    "strategy/lineage.toml": """
[[lineage]]
kind = "reworded"
from = "2020/goal"
to = "2030/goal"
author = "Gruppen"
[[lineage]]
kind = "split"
from = "2020/roads"
to = "2030/rail"
author = "Gruppen"
[[lineage]]
kind = "new"
to = "2030/power"
author = "Gruppen"
""",
    "strategy/links/all.toml": """
[rail]
element = "2030/rail"
role = "implements"
document = "rus"
statement = "rail"
quote = "bygger ut spåren"
author = "Gruppen"
owner = "region"
date = 2030-03-01
decided = "confirmed"
decided_by = "Planchefen"
decided_on = 2030-03-02
[power]
element = "2030/power"
role = "supports"
document = "rus"
statement = "power"
quote = "Elen ska räcka."
author = "Gruppen"
owner = "region"
date = 2030-03-01
[homes]
element = "2030/rail"
role = "mentions"
document = "op"
quote = "bostäder vid stationen"
author = "Gruppen"
owner = "council"
date = 2030-03-01
[measure]
element = "2030/goal"
role = "measures"
indicator = "rate"
author = "Gruppen"
owner = "region"
date = 2030-03-01
[study]
element = "2030/rail"
role = "supports"
project = "study"
author = "Gruppen"
owner = "region"
date = 2030-03-01
decided = "rejected"
decided_by = "Rådet"
decided_on = 2030-03-01
""",
    "strategy/coherence.toml": """
edition = 2030
documents = ["rus", "op"]
[coders.one]
role = { sv = "Ett", en = "One" }
date = 2030-04-01
[coders.two]
role = { sv = "Två", en = "Two" }
date = 2030-04-01
[[coding]]
document = "rus"
element = "2030/rail"
code = "3"
coder = "one"
statement = "rail"
quote = "spåren mellan städerna"
[[coding]]
document = "rus"
element = "2030/rail"
code = "2"
coder = "two"
statement = "rail"
quote = "spåren"
[[coding]]
document = "rus"
element = "2030/power"
code = "2"
coder = "one"
statement = "power"
quote = "Elen ska räcka."
[[coding]]
document = "rus"
element = "2030/power"
code = "2"
coder = "two"
statement = "power"
quote = "Elen ska räcka."
[[coding]]
document = "op"
element = "2030/power"
code = "0"
coder = "one"
""",
    "projects/study.toml": """
title = { sv = "Studie", en = "Study" }
about = { sv = "Om spår.", en = "Of rails." }
focus = ["2030/rail"]
state = "done"
start = "2029"
end = "2030-02"
tables = ["growth"]
indicators = ["rate"]
[[sources]]
text = "En studie"
translation = "A study"
document = "plan"
[unknown]
owner = { sv = "Nämns inte.", en = "Not named." }
results = { sv = "Inte lästa.", en = "Not read." }
""",
    "indicators/rate.toml": """
title = { sv = "Takt", en = "Rate" }
about = { sv = "Takten.", en = "The rate." }
headline = { sv = "{value}", en = "{value}" }
table = "growth"
column = "persons"
place = "blekinge-test"
focus = ["2030/goal", "2030/rail"]
tier = "commitment"
wanted = "up"
owner = "region"
every = 3
target = { value = 200000, year = 2050, document = "plan", page = 9 }
interpretation = { sv = "Läs försiktigt.", en = "Read with care." }
[[judgements]]
role = "Analytikern"
date = 2030-05-01
words = { sv = "Går för långsamt.", en = "Too slow." }
verdict = "limited"
""",
    "followup.toml": """
reasons."2030/power" = { sv = "Ej än.", en = "Not yet." }
[sets.nine]
title = { sv = "Nio", en = "Nine" }
edition = 2020
document = "plan"
why = { sv = "Namnen är inte kända.", en = "The names are not known." }
slots.a = { label = { sv = "A", en = "A" }, indicator = "rate" }
slots.b = { label = { sv = "B", en = "B" } }
""",
}

Spoil = Callable[[str, str, str], None]
TODAY = datetime.date(2031, 12, 31)
"""The day it is for the strategy of `FILES`, whose last edition is of 2030."""


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests of the strategy are at work on that day."""
    monkeypatch.setattr(documents, "today", lambda: TODAY)


def _filled(folder: Path, store: Path) -> None:
    """Write the fingerprints that the messages ask for, as a person would."""
    place = folder / "strategy"
    words = settings.read(place / "2030.toml", Edition).fingerprint
    file = place / "adoptions" / "2030.toml"
    file.write_text(file.read_text("utf-8").replace("0" * 64, words), "utf-8")
    while True:
        try:
            whole.read(Workspace(folder, store))
            return
        except SettingError as error:
            wanted = re.match(r"(\S+\.toml) line (\d+) \(.*?'(\w{64})'.*?'(\w{64})'", str(error))
            if wanted is None:
                raise
            name, line, one, two = wanted.groups()
            rows = Path(name).read_text("utf-8").split("\n")
            rows[int(line) : int(line)] = [f'element_fingerprint = "{one}"', f'other_fingerprint = "{two}"']
            Path(name).write_text("\n".join(rows), "utf-8")


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], Path]:
    """The files of the whole strategy with their fingerprints, and a store where its tables are built."""
    place = tmp_path_factory.mktemp("pattern")
    folder = Path(shutil.copytree(Path(__file__).parents[1] / "groups" / "blekinge", place / "blekinge"))
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    with pytest.MonkeyPatch.context() as clock:
        clock.setattr(documents, "today", lambda: TODAY)
        _filled(folder, place / "store")
    return {name: (folder / name).read_text("utf-8") for name in FILES}, place / "store"


@pytest.fixture
def rich(small: Path, pattern: tuple[dict[str, str], Path]) -> Path:
    """A folder of the small group with a whole strategy."""
    for name, text in pattern[0].items():
        (small / name).parent.mkdir(parents=True, exist_ok=True)
        (small / name).write_text(text, "utf-8")
    return small


@pytest.fixture
def spoil(rich: Path) -> Spoil:
    """Change words of one file of the rich group."""

    def change(file: str, right: str, wrong: str) -> None:
        text = (rich / file).read_text("utf-8")
        assert right in text
        (rich / file).write_text(text.replace(right, wrong, 1), "utf-8")

    return change


@pytest.fixture
def read(rich: Path, pattern: tuple[dict[str, str], Path]) -> Callable[[], tuple[Workspace, Whole]]:
    """Open the rich group and read its strategy."""

    def opened() -> tuple[Workspace, Whole]:
        workspace = Workspace(rich, pattern[1])
        return workspace, whole.read(workspace)

    return opened

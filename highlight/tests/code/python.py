#!/usr/bin/env python3
"""Module documentation with \t an escape and "quotes"."""
from __future__ import annotations
import os.path as osp, sys
from .package.module import (Name, OTHER_NAME as other)

LIMIT = 10_000
MASK = 0xFF | 0b1010 | 0o17
RATIO: float = 1.5e-3
z = 3j + 1.

@dataclass(frozen=True, order=False)
class Point(Base, metaclass=Meta):
    x: int = 0
    names: list[str] = field(default_factory=list)
    table: dict[str, Optional[Point]] | None = None

    @property
    def norm(self) -> float:
        return (self.x ** 2 + self.y ** 2) ** 0.5

    @staticmethod
    def parse(text: str, *args: int, sep: str = ",", **kwargs) -> "Point":
        head, *tail = text.split(sep)
        return Point(int(head), names=[t.strip() for t in tail if t])

    def __repr__(self):
        return f"Point({self.x!r}, {self.norm:>8.3f}, {', '.join(self.names)}, {{literal}})"


async def crawl(urls, *, limit=10, /):
    async with Session(timeout=5) as session:
        async for url in urls:
            try:
                yield await session.get(url)
            except (OSError, TimeoutError) as error:
                logger.warning("%s: %r", url, error)
                continue
            else:
                pass
            finally:
                del url


def kinds(value):
    match value:
        case {"name": str(name), "age": int()} if name:
            return name
        case [first, *rest] | (first, rest):
            return first
        case _:
            return None


squares = {n: n * n for n in range(10) if n % 2 == 0 and not n > 8}
matrix = [[1, 2], [3, 4]] @ other
key = lambda row, default=None: row["key"] if "key" in row else default
raw = r"C:\new\d+" + b"\x00\xff" + rb'\d' + u"\u00e9 \N{BULLET}"
long = '''first
second \
third'''
text = (f"{a + b = } {func(x)['key']} {value:{width}.{precision}}"
        f'{"nested"} {obj.attr[0]!s:>10}')
assert x is not None, "message"
print(*sorted(squares, key=lambda k: -k), sep="\n", file=sys.stderr)
if (n := len(text)) >= 10 or n <= 2 and x != y:
    global LIMIT
    LIMIT //= 2; match = 1; case = match.group(0)
raise ValueError("no") from None
with open(osp.join(a, b)) as handle, lock: handle.write("…")
while True: break

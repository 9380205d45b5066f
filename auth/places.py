"""Where an address stands, from an offline table (Q4). An address that the table does not know is 未知; nothing is guessed.

No free table of Chinese addresses may be shipped with a program, so none is: the deployer names his own by ``IP_PLACES_FILE``,
lines ``network,province,city`` (``113.64.0.0/11,广东省,广州市``; a ``#`` begins a comment). Without it only private networks
are known.
"""

import csv
import ipaddress
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.settings import settings

UNKNOWN = "未知"


@dataclass(frozen=True, slots=True)
class Place:
    """Province and city; both empty where the table is silent. ``text`` is what a person reads."""

    province: str
    city: str
    text: str


NOWHERE = Place("", "", UNKNOWN)


class PlacesBroken(Exception):
    """A line of the table that cannot be read; names file and line."""


@lru_cache(maxsize=4)
def _table(path: str) -> tuple[list[tuple[int, int]], list[tuple[tuple[int, int], Place]]]:
    """Starts (version, first address) in order, and beside each its (version, last address) and place.

    Networks may not overlap. Raises PlacesBroken.
    """
    found: list[tuple[tuple[int, int], tuple[int, int], Place]] = []
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.reader(file), 1):
            if not row or row[0].lstrip().startswith("#") or row[0].strip() == "network":
                continue
            try:
                network = ipaddress.ip_network(row[0].strip())
                province, city = row[1].strip(), row[2].strip()
            except (ValueError, IndexError):
                raise PlacesBroken(f"{path}:{number}: expected network,province,city") from None
            place = Place(province, city, city or province or UNKNOWN)
            first, last = int(network.network_address), int(network.broadcast_address)
            found.append(((network.version, first), (network.version, last), place))
    found.sort(key=lambda item: item[0])
    for before, after in zip(found, found[1:], strict=False):
        if after[0] <= before[1]:
            raise PlacesBroken(f"{path}: networks overlap at {before[2].text} and {after[2].text}")
    return [item[0] for item in found], [(item[1], item[2]) for item in found]


def place_of(ip: str) -> Place:
    """Province and city of an address, :data:`NOWHERE` when unknown. Never raises for an odd address."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return NOWHERE
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    if address.is_loopback:
        return Place("", "", "本机")
    if settings.ip_places_file:
        starts, ends = _table(settings.ip_places_file)
        at = (address.version, int(address))
        index = bisect_right(starts, at) - 1
        if index >= 0 and at <= ends[index][0]:
            return ends[index][1]
    private = any(address in net for net in _PRIVATE if net.version == address.version)
    return Place("", "", "局域网") if private else NOWHERE


_PRIVATE = [ipaddress.ip_network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10")]


def mask_ip(ip: str) -> str:
    """``113.65.12.24`` → ``113.***.**.24``; of an IPv6 address the first group only."""
    parts = ip.split(".")
    if len(parts) == 4:
        return ".".join([parts[0], "***", "**", parts[3]])
    return f"{ip.split(':')[0]}:****" if ":" in ip else UNKNOWN

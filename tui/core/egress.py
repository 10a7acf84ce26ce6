"""Where a sandbox may connect to, by its network policy, and which host a connection error is about.

The meaning of the policy is that of the vendor's documentation of ``allow_internet_access``, ``allow_out`` and
``deny_out``: what is denied is denied; where anything is allowed by name, only that is; else the switch decides.
"""

from __future__ import annotations

import ipaddress
import re

from tui.core.models import NetworkPolicy

_ERROR = re.compile(
    r"Connect(?:ion)?(?:Refused|Reset|Aborted|Timeout|TimedOut)?(?:Error|Exception)|NewConnectionError|MaxRetryError"
    r"|NameResolutionError|gaierror|UnknownHost|NoRouteToHost|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH"
    r"|ENETUNREACH|[Cc]onnection (?:refused|timed out|attempts failed)|Connect call failed|no such host"
    r"|[Nn]etwork is unreachable|[Nn]o route to host|[Nn]ame or service not known|in name resolution"
    r"|[Cc]ould not resolve host|[Ff]ailed to (?:resolve|connect)|fetch failed|i/o timeout"
)
_HOST = re.compile(
    r"""https?://(?:[^/@\s'"]*@)?(\[[0-9a-fA-F:.]+\]|[\w.-]+)"""
    r"""|\bhost=['"]([\w.:-]+)['"]"""
    r"""|(?:ENOTFOUND|EAI_AGAIN|resolve host:?|lookup|Failed to resolve|UnknownHostException:)\s+['"]?([\w.-]+)"""
    r"""|(?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|dial tcp)\s+\[?([0-9a-fA-F.:]*[0-9a-fA-F])\]?:\d"""
    r"""|(?:Connect call failed|connect to(?: host)?)\s+\(?['"]?([\w.-]+)"""
)
_MAX_TEXT = 4000


def refusal(policy: NetworkPolicy, host: str) -> str:
    """Why connections to ``host`` are refused, as a clause; empty where they are allowed or it cannot be told.

    A name is compared with names and an address with addresses and networks: which address a name had is unknown.
    """
    if is_local(host):
        return ""
    if denied := next((entry for entry in policy.deny_out if _matches(entry, host)), ""):
        return f"its network policy denies {denied}"
    if not policy.allow_out:
        return "" if policy.allow_internet_access else "its network policy allows no internet access"
    if any(_matches(entry, host) for entry in policy.allow_out) or not _is_comparable(policy.allow_out, host):
        return ""
    return f"its network policy allows {_listed(policy.allow_out)} only"


def failed_host(text: str) -> str:
    """The host that a text about a failed connection names; empty where it tells of none."""
    text = text[:_MAX_TEXT]
    if not _ERROR.search(text):
        return ""
    found = _HOST.search(text)
    host = next((group for group in found.groups() if group), "") if found else ""
    return host.strip("[].").lower()


def is_local(host: str) -> bool:
    """Whether ``host`` is the sandbox itself, so that its network policy has no say."""
    address = _address(host)
    if address is not None:
        return address.is_loopback or address.is_unspecified
    return host == "localhost" or host.endswith(".localhost")


def _matches(entry: str, host: str) -> bool:
    entry = entry.strip().lower().rstrip(".")
    address = _address(host)
    network = _network(entry)
    if address is not None:
        return network is not None and address.version == network.version and address in network
    if network is not None:
        return False
    return host == entry or (entry.startswith("*.") and host.endswith(entry[1:]))


def _is_comparable(entries: tuple[str, ...], host: str) -> bool:
    """Whether no match means no permission: a name may have an address that is allowed, and an address a name."""
    is_address = _address(host) is not None
    return all((_network(entry) is not None) is is_address for entry in entries)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _listed(entries: tuple[str, ...]) -> str:
    return ", ".join(entries[:3]) + (f" and {len(entries) - 3} more" if len(entries) > 3 else "")

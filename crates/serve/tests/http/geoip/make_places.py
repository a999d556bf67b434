"""Makes places.mmdb, the two invented places of the GeoIP tests.

    pip install mmdb_writer netaddr && python make_places.py

The addresses are those that are set aside for documentation; nothing is taken from any database.
"""

from mmdb_writer import MMDBWriter
from netaddr import IPSet

writer = MMDBWriter(
    ip_version=6,
    ipv4_compatible=True,
    database_type="GeoLite2-City",
    languages=["en"],
    description="Two places for tests",
)
writer.insert_network(
    IPSet(["203.0.113.0/24"]),
    {
        "city": {"names": {"en": "Ravensburg"}},
        "country": {"iso_code": "DE", "names": {"en": "Germany"}},
        "continent": {"code": "EU", "names": {"en": "Europe"}},
        "postal": {"code": "88212"},
        "location": {"time_zone": "Europe/Berlin"},
    },
)
writer.insert_network(
    IPSet(["2001:db8::/32"]),
    {"country": {"iso_code": "PT", "names": {"en": "Portugal"}}},
)
writer.to_db_file("places.mmdb")

"""The divisions of the demo county: fictional, under codes that no real place has.

Provinces are numbered up to 82 in China; 99 is nobody's. Names of villages, communes and old
townships are made up after the manner of the south-eastern hills.
"""

from __future__ import annotations

from server.places.names import AliasKind

COUNTY = "990121"
DIVISIONS = (
    (COUNTY, "云溪县"),
    ("990121101", "泮坑镇"),
    ("990121101001", "泮坑社区"),
    ("990121101201", "上泮村"),
    ("990121101202", "下泮村"),
    ("990121101203", "金竹垄村"),
    ("990121101204", "枫树坪村"),
    ("990121101205", "水口村"),
    ("990121102", "石桥镇"),
    ("990121102001", "桥头社区"),
    ("990121102201", "石桥村"),
    ("990121102202", "岭脚村"),
    ("990121102203", "大榕村"),
    ("990121102204", "龙潭背村"),
    ("990121102205", "半山塘村"),
    ("990121102206", "茶亭村"),
    ("990121103", "白沙镇"),
    ("990121103001", "渡口社区"),
    ("990121103201", "白沙村"),
    ("990121103202", "沙尾村"),
    ("990121103203", "榄洲村"),
    ("990121103204", "新围村"),
    ("990121103205", "旧圩村"),
)
HAMLETS = (  # below a village: numbered by ourselves
    ("990121101201", "祠堂背"),
    ("990121101201", "井头"),
    ("990121103204", "老围屋"),
)
ALIASES = (
    (COUNTY, "云川县", AliasKind.OLD_COUNTY),
    ("990121101", "泮坑公社", AliasKind.COMMUNE),
    ("990121101", "泮水乡", AliasKind.FORMER),
    ("990121102", "红星公社", AliasKind.COMMUNE),
    ("990121102", "石桥墟", AliasKind.OTHER),
    ("990121103", "东风公社", AliasKind.COMMUNE),
    ("990121103", "白沙乡", AliasKind.FORMER),
    ("990121101204", "红枫大队", AliasKind.COMMUNE),
    ("990121102203", "榕树大队", AliasKind.COMMUNE),
    ("990121103204", "新围大队", AliasKind.COMMUNE),
)

"""Where people come from and where they live: divisions of China (行政区划), 国家（地区）.

`codes` says what a code means, `service` finds and describes, `changes` adds and ends, `imports`
reads lists of towns and villages, `national` holds what is shipped, `countries` the world.
"""

"""侨情库: the register of people, whether or not they are on WeChat."""

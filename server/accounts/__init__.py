"""Tenants (a county's 侨联) and their WeChat accounts, secrets sealed."""

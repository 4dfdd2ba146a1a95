"""组织: federations, groups, homes, associations at home and abroad; who should have one."""

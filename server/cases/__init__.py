"""Cases (诉求): petitions (信访) and legal consultations (法律咨询), from submission to answer."""

"""Rights (个人信息权利): see, correct, take along, allow, take back, close (PIPL §§44–50)."""

"""Staff (工作人员): who works here, what each may do, and the record of what they did."""

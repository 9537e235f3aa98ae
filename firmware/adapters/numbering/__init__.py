"""Numbering plans, through phonenumbers."""

"""Who acts on Kempt's behalf, and what each of them may propose.

An agent only proposes. Whether a proposal is applied belongs in policy/.
"""

"""The edge: how a request becomes a call of one verb and an answer or a problem."""

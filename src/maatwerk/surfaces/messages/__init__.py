"""What comes back of messages, and what is asked of them: the ledger, bounces and complaints, clicks,
pictures."""

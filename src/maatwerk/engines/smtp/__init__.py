"""Mail by SMTP (RFC 5321), through the server of ``smtp_url``."""

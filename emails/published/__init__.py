"""What a sender's domain publishes in DNS, by which others judge its mails: SPF, DKIM, DMARC, where mail to it goes."""

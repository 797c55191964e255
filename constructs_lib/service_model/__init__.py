"""What AWS accepts and offers, as recorded data: every file names the source it was made from."""

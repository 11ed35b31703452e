"""What a borrower is handed on paper: its words in Chinese and English, its page, and the PDF made of it."""

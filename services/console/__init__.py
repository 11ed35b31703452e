"""The console: the web pages that people work in, and the server behind them which alone holds their tokens.

It owns no fact and no rule. Whatever it shows it asks the five services for, in the name of who is signed in; whatever
people do there is a call of theirs. Its pages are compiled from `web/` into `static/`.
"""

"""`python -m services.operations` is the liudai command, where it is not installed as one."""

from services.operations.cli import main

if __name__ == "__main__":
    main()

"""`python -m yusuan.extraction`: the same program as `yusuan`."""

from yusuan.extraction.cli import main

if __name__ == "__main__":
    main()

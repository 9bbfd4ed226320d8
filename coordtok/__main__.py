"`python -m coordtok` is the command `coordtok`; it takes seconds to be imported, and Ctrl-C ends that as well."
import sys


def main() -> None:
    "Import the commands, and run the one that is asked for."
    try: from coordtok import cli
    except KeyboardInterrupt:
        print("\ncoordtok: stopped before it began.", file=sys.stderr)
        sys.exit(130)
    cli.main()

if __name__ == "__main__": main()

"`python -m coordtok` is the command `coordtok`."
from coordtok.cli import main

if __name__ == "__main__": main()

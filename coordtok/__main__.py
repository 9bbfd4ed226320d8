"`python -m coordtok` is the command `coordtok`."
from coordtok.cli import main

main()

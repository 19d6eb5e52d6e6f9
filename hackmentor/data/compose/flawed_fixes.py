"""Fixes of the catalogue that a reviewer would not accept, found by reading all of them; by a line that names them.

A line and not a number, since other releases of CWE number their examples otherwise.
"""

from hackmentor.data.sources.cwe_examples import CodeExample

# These do not remove the weakness, do not compile, or bring in another: they are not shown as a fix.
BROKEN = (
    'path = os.path.normpath(f"{os.getcwd()}{os.sep}{filename}")',  # leaves the folder all the same
    # A pool for each client limits nothing.
    "ExecutorService pool = Executors.newFixedThreadPool(MAX_CONNECTIONS);\n            pool.execute(t);",
    "strncpy(dest, source, sizeof(dest)-1);",  # no terminating null
    "strncpy(buf, filename, sizeof(buf)-1);",
    "throw ArithmeticException;",
    "throw NullPointerException;",
    "OAEPWithMD5AndMGF1Padding",
    "if(~(rst_ni && ~jtag_unlock))",  # unlocking the debug port resets the lock
    "if(~(rst_ni && ~rst_9))",  # so does a reset that is not trusted
    "if ((the_bit_number > 0) && (the_bit_number < 63))",  # shifts an int by up to 62
    "    fil.Close();\n}",  # not closed where an exception ends the loop
    "if ($i == $s1)",
    "if (s4 == s1)",
    "q<4'b0000;",
    "if (flg) { do_something_recursive (flg); }",  # only a comment changed
)
# These remove the weakness they are shown for, but a reviewer would find something else.
NOT_CLEAN = (
    "if (password.equals(user.getPassword()))",  # passwords in the clear
    "sameSite: 'Strict' }",  # neither Secure nor HttpOnly
    "c.setHttpOnly(true);",  # no Secure
    '"DROP DATABASE " + databaseName',
    "long quarterSold = JanSold + FebSold + MarSold;",  # the sum can overflow
    "else if (en) lock_jtag <= d;",
    "if (exponent_reg[0]) begin",  # still branches on the secret
    "miss_pass_check_cnt_d = miss_pass_check_cnt_q + 1",
    "if (validAccountNumber(accountNumber)) {\n    isValidAccount = true;",
    "int r = fclose(f);",
    # Here no single line carries the fix.
    "x.push(rec_big(",
    "int count = 0;\n",
    "double ComplexMath(",
    "public void start(final double rate)",
    "private static String memberTwo;",
    'printf("Malloc failed',
    "throws FileNotFoundException, IOException, Exception",
    'sscanf(buf, "%d %d"',
    "gpio_out = gpio_out;",
    "throw DivideByZero;",  # C++ under the name of C
)


# Explanations of the catalogue that are wrong: the code is not shown.
MISTAKEN = ("tmpfile() method works the same way",)


def is_mistaken(example: CodeExample) -> bool:
    """Whether what the catalogue says is wrong with the code is not."""
    return any(text in example.reason for text in MISTAKEN)


def is_broken_fix(example: CodeExample) -> bool:
    """Whether the fix of an example must not be taught as one."""
    return any(line in example.good for line in BROKEN)


def is_known_unclean(example: CodeExample) -> bool:
    """Whether somebody who reviews the fix as code would still object."""
    return is_broken_fix(example) or any(line in example.good for line in NOT_CLEAN)

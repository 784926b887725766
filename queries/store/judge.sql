-- The syntax tree of one expression
--
-- The expression takes the place of `{expression}` between newlines, so that a comment in it ends there. A server takes one statement a
-- request, so a `;` gets it nowhere.

EXPLAIN AST SELECT (
{expression}
)

package lint_test

package lint

// Home is where the project is described.
const Home = "https://github.com/tcplint/tcplint"

// RulePage is the path of a rule's page in the project's repository: what the rule
// claims, why, and its examples.
func RulePage(id string) string { return "docs/rules/" + id + ".md" }

// RuleURL is where a rule's page is read.
func RuleURL(id string) string { return Home + "/blob/main/" + RulePage(id) }

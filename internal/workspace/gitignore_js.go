package workspace

// gitIgnores knows of no repository: a page has none, and go-git is a tenth of its
// size.
type gitIgnores struct {
	root   string
	unread []error
}

func newGitIgnores(*raw, string) *gitIgnores { return &gitIgnores{} }

func (*gitIgnores) ignored(string, string, bool) bool { return false }

package rules

import "github.com/tcplint/tcplint/internal/lint"

var tcplintSuppression = lint.Rule{
	ID:       lint.SuppressionID,
	Title:    "a suppression has no effect",
	Severity: lint.Warning,
	Since:    "0.1",
	Why: `A comment "# tcplint:ignore RULE -- REASON" silences findings of a rule on its own line (in nginx files) or on the next line that is not a comment. Several rules are divided by commas. In a sysctl file it must stand on a line of its own, since an inline "#" there is a part of the value.

The reason is required: a suppression that nobody can explain is one that nobody dares to remove. A comment that names a rule which does not exist, gives no reason, or silences nothing any more is reported, so that suppressions do not outlive what they were written for. So is an [[ignore]] in .tcplint.toml that leaves nothing out, where a run covers all that the file holds for with all rules.`,
	Refs: []string{"https://github.com/tcplint/tcplint#suppressing-a-finding"},
	Examples: []lint.Example{
		{
			Name: "no reason, and nothing to silence",
			Bad: `server {
    # tcplint:ignore nginx-proxy-http10
   #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ gives no reason
    location / {
        root /srv/www;
    }
}
`,
			Good: `server {
    location / {
        root /srv/www;
    }
}
`,
		},
	},
	// The findings are made by lint.Run, which knows what each comment silenced.
	Check: func(*lint.Pass) {},
}

var _ = add(&tcplintSuppression)

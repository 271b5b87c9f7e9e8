package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxIncludeMissing = lint.Rule{
	ID:       "nginx-include-missing",
	Title:    "an included file is not there",
	Severity: lint.Warning,
	Since:    "0.1",
	Why: `nginx looks for a relative include below the folder of the main file, never below that of the including file, and refuses to start when a file without a wildcard is not there: "open() ... failed (2: No such file or directory)". A pattern with *, ? or [ that matches nothing is no fault.

tcplint reports a relative path that is not there beside the main file, and, with --root, an absolute one that is not there below the root. Without --root an absolute path is looked up below the main file's folder if it begins as packages of nginx lay it out (/etc/nginx/...); if it is not there it counts as unseen, not as missing. Files that nginx or a distribution installs (mime.types, fastcgi_params and the like) are not missed. Nor is anything that a template includes, or a file that is copied to another name (nginx.conf.dist, nginx-apache.conf): what lies beside the copy is not known. It is read where it lies beside the file under the same suffix (base.conf.dist). Nor is one whose path a file of another kind beside it names, such as a task, a Dockerfile or a script: that may put it there.

Ignore it where the file comes from somewhere else at deployment.`,
	Refs: []string{
		"https://nginx.org/en/docs/ngx_core_module.html#include",
		"https://github.com/nginx/nginx/blob/master/src/core/ngx_conf_file.c",
	},
	Examples: []lint.Example{
		{
			Bad: `-- nginx.conf --
events {}
http {
    include conf.d/app.conf;
    include snippets/headers.conf;
   #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ "snippets/headers.conf" is not there
    include sites/*.conf;
    include mime.types;
}
-- conf.d/app.conf --
server {
    listen 80;
}
`,
			Good: `-- nginx.conf --
events {}
http {
    include conf.d/app.conf;
    include sites/*.conf;
    include mime.types;
}
-- conf.d/app.conf --
server {
    listen 80;
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, inc := range p.Host.Nginx.Includes {
			if inc.Problem == model.Missing {
				p.Report(lint.Finding{
					At:  lint.At(inc.Dir),
					Msg: fmt.Sprintf("%q is not there: nginx will not start", inc.Pattern()),
					Notes: []lint.Note{
						{Msg: inc.Reason},
					},
				})
			}
		}
	},
}

var _ = add(&nginxIncludeMissing)

package diagnose

import (
	"strings"

	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/model"
)

// Formats returns the formats of access logs that a configuration defines.
func Formats(hosts []*model.Host) []evidence.LogFormat {
	var all []evidence.LogFormat
	for _, h := range hosts {
		if h.Nginx == nil {
			continue
		}
		for _, s := range h.Nginx.Scopes {
			for set := range s.All("log_format") {
				var text strings.Builder
				for i, w := range set.Args().All() {
					if i == 0 || i == 1 && strings.HasPrefix(w.Value, "escape=") {
						continue
					}
					text.WriteString(w.Value)
				}
				if f, err := evidence.ParseLogFormat(set.Arg(0), text.String()); err == nil {
					all = append(all, f)
				}
			}
		}
	}
	return all
}

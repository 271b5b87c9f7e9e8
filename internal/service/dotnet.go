package service

import (
	"strconv"
	"strings"
)

// dotnet: "dotnet APP.dll" with Kestrel, which listens where variables say; what its
// own code sets is not seen.
//
//	ENV ASPNETCORE_URLS=http://+:5000
//	    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ where it listens
//
// Source: learn.microsoft.com/aspnet/core/fundamentals/servers/kestrel/endpoints.
func dotnet() *software {
	return &software{
		name: "dotnet", programs: []string{"dotnet"},
		derive: func(p *process) []*Service {
			p.Program = Field[string]{}
			name, _ := splitImage(p.Image.Value)
			web := strings.HasSuffix(name, "dotnet/aspnet")
			urls := p.env["ASPNETCORE_URLS"]
			if ports := p.env["ASPNETCORE_HTTP_PORTS"]; !urls.Known() && ports.Known() {
				urls = ports
				urls.Value = strings.ReplaceAll(ports.Value, ";", "\n")
			}
			if !web && !urls.Known() {
				return p.itself() // it need not be one that serves
			}
			p.Program, p.Variant = Field[string]{Value: "kestrel", Sure: Set, At: p.At}, "kestrel"
			for url := range strings.SplitSeq(strings.ReplaceAll(urls.Value, ";", "\n"), "\n") {
				address := strings.NewReplacer("http://+", "", "http://*", "", "http://", "").Replace(strings.TrimSuffix(url, "/"))
				if port, err := strconv.Atoi(address); err == nil {
					address = ":" + strconv.Itoa(port)
				}
				if !strings.HasPrefix(url, "https:") && url != "" {
					urls.Value = address
					p.listen(urls, "http")
				}
			}
			return []*Service{p.Service}
		},
	}
}

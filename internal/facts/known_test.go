package facts

import (
	"strings"
	"testing"
)

func TestDoubt(t *testing.T) {
	t.Parallel()
	next := V(NewestKernel.Major, NewestKernel.Minor+1, 0)
	for _, tt := range []struct{ server, kernel, want string }{
		{server: "1.28.0"},
		{server: NewestNginx.String()},
		{server: V(1, NewestNginx.Minor+1, 0).String(), want: "newer than"},
		{server: "9.9.9", want: "newer than"},
		{server: "1.16.1", want: "older than 1.18"},
		{server: "1.24.7", want: "there is no nginx 1.24.7"},
		{server: "0.17", want: "there is no nginx 0.17"},
		{server: "openresty-1.27.1.2"},
		{server: "openresty-1.27.9", want: "there is no OpenResty 1.27.9"},
		{server: "angie-1.12"},
		{server: "angie-4", want: "Angie 4.0 is newer"},
		{server: "tengine-3.2.0"},
		{server: "tengine-9", want: "Tengine 9.0 is newer"},
		{server: "apache-2"}, // an error elsewhere
		{kernel: "6.1"},
		{kernel: "6.19.3"},
		{kernel: NewestKernel.String()},
		{kernel: V(NewestKernel.Major, NewestKernel.Minor, 99).String()},
		{kernel: next.String(), want: "newer than"},
		{kernel: "5.20", want: "there is no Linux 5.20"},
		{kernel: "1.28.0", want: "there is no Linux 1.28"},
		{kernel: "3.10", want: "older than 4.18"},
	} {
		got := DoubtServer(tt.server)
		if tt.kernel != "" {
			v, err := ParseVersion(tt.kernel)
			if err != nil {
				t.Fatal(err)
			}
			got = DoubtKernel(v)
		}
		if !strings.Contains(got, tt.want) || (got == "") != (tt.want == "") {
			t.Errorf("%s%s: %q, want %q", tt.server, tt.kernel, got, tt.want)
		}
	}
}

package main

import (
	"strings"
	"testing"
	"testing/fstest"
)

// A kernel's source becomes keys, with the path under which each table is registered.
func TestKernel(t *testing.T) {
	const net = `
static int one_day_secs = 24 * 3600;
static int port_step_max = 128;

static struct ctl_table ipv4_net_table[] = {
	{
		.procname	= "tcp_new", /* "tcp_old" before */
		.data		= &init_net.ipv4.sysctl_tcp_new,
		.maxlen		= sizeof(u8),
		.mode		= 0644,
		.proc_handler	= proc_dou8vec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= &port_step_max,
	},
	{
		.procname	= "tcp_known",
		.mode		= 0444,
		.proc_handler	= proc_dointvec,
	},
	{ }
};

static __net_init int ipv4_sysctl_init_net(struct net *net)
{
	table = kmemdup(ipv4_net_table, sizeof(ipv4_net_table), GFP_KERNEL);
	net->ipv4.ipv4_hdr = register_net_sysctl_sz(net, "net/ipv4", table,
						    ARRAY_SIZE(ipv4_net_table));
}
`
	src := fstest.MapFS{
		"Makefile":         {Data: []byte("# SPDX\nVERSION = 7\nPATCHLEVEL = 4\nSUBLEVEL = 0\nEXTRAVERSION =\n")},
		"net/ipv4/net.c":   {Data: []byte(net)},
		"net/ipv4/other.c": {Data: []byte("int x;\n")},
	}
	row := func(values ...string) string { return strings.Join(values, "\t") + "\n" }
	columns := row("key", "kind", "unit", "since", "backport", "removed", "min", "max", "handler", "default", "scope", "safe", "mode", "doc", "source")
	data := fstest.MapFS{
		kernelFile: {Data: []byte("# head\n" + columns +
			row("net.ipv4.tcp_gone", "int", "-", "<=2.6.18", "-", "-", "-", "-", "proc_dointvec", "-", "netns", "-", "rw", "-", "7.3:net/ipv4/net.c:1") +
			row("net.ipv4.tcp_known", "int", "-", "<=2.6.18", "-", "-", "0", "1", "proc_dointvec_minmax", "-", "netns", "-", "rw", "-", "7.3:net/ipv4/net.c:2") +
			row("vm.elsewhere", "int", "-", "<=2.6.18", "-", "-", "-", "-", "proc_dointvec", "-", "host", "-", "rw", "-", "7.3:mm/x.c:1"))},
		newestFile: {Data: []byte("product\tversion\nnginx\t1.31.5\nlinux\t7.3.4\n")},
	}
	files, news, err := readRelease(src, data)
	if err != nil {
		t.Fatal(err)
	}
	want := row("net.ipv4.tcp_new", "int", "-", "7.3.5..7.4", "-", "-", "0", "128", "proc_dou8vec_minmax", "-", "-", "-", "rw", "-", "7.4:net/ipv4/net.c:7")
	if got := files[kernelFile]; !strings.Contains(got, want) || !strings.Contains(got, row("net.ipv4.tcp_gone", "int", "-", "<=2.6.18", "-", "7.3.5..7.4", "-", "-", "proc_dointvec", "-", "netns", "-", "rw", "-", "7.3:net/ipv4/net.c:1")) {
		t.Errorf("the table is\n%s\nwant in it\n%s", got, want)
	}
	if !strings.Contains(files[newestFile], "linux\t7.4\n") {
		t.Errorf("newest is\n%s", files[newestFile])
	}
	said := strings.Join(news, "\n")
	for _, want := range []string{
		"Linux 7.4: 2 keys in 1 files", "net.ipv4.tcp_new: new, proc_dou8vec_minmax, 0 to 128",
		"net.ipv4.tcp_known: handler proc_dointvec, the table has proc_dointvec_minmax; min -2147483648, the table has 0; max 2147483647, the table has 1",
		"net.ipv4.tcp_gone: not in a table of net/ipv4/net.c",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it says\n%s\nwant in it %q", said, want)
		}
	}
}

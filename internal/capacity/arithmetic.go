// Package capacity has the limits on the path of a connection: for each its value,
// where that comes from, the load at which it is reached, and how full it is.
//
// What a load needs of a limit and the load that a limit lets through are a pair of
// functions, which a test holds to be each other's inverse. A limit whose value is not
// known is in the table all the same, and says what would tell it.
package capacity

import "time"

// Driver is what a limit is used up by.
type Driver string

// The drivers.
const (
	Rate     Driver = "requests per second"
	Clients  Driver = "connected clients"
	Pooled   Driver = "idle connections per worker"
	Connects Driver = "new connections per second"
	Orphans  Driver = "connections closed with data to send"
)

// Arithmetic is how a limit is used up.
type Arithmetic struct {
	Driver Driver
	// Need is how much of the limit a load takes, Load the load that takes as much.
	Need, Load func(float64) float64
	// Formula is both in words.
	Formula string
}

// proportional is an arithmetic in which every unit of load takes as much, and some is
// taken by none.
func proportional(d Driver, each, fixed float64, formula string) Arithmetic {
	return Arithmetic{
		Driver: d, Formula: formula,
		Need: func(load float64) float64 { return fixed + load*each },
		Load: func(n float64) float64 { return max(0, (n-fixed)/each) },
	}
}

// Constants of the kernel and of nginx.
const (
	// timeWait is TCP_TIMEWAIT_LEN (include/net/tcp.h).
	timeWait = 60 * time.Second
	// reuseAfter is when tcp_tw_reuse may take a port out of TIME_WAIT: a tick of the
	// timestamps, 1 s (net/ipv4/tcp_ipv4.c, tcp_twsk_unique).
	reuseAfter = time.Second
	// pause is how long a worker may be busy before it accepts again, for the
	// arithmetic of accept queues: a figure to compare with, nothing measured.
	pause = 100 * time.Millisecond
	// backlogOfNginx is NGX_LISTEN_BACKLOG on Linux (src/os/unix/ngx_linux_config.h).
	backlogOfNginx = 511
	// orphanShift is how often the kernel counts an orphan in the worst case: four
	// times (net/ipv4/tcp_timer.c, tcp_out_of_resources shifts by up to two).
	orphanShift = 4
	// pageSize is what tcp_mem counts in, on nearly all machines.
	pageSize = 4096
)

// ports is the arithmetic of source ports towards one address. A request that opens a
// connection of its own holds a port for as long as it takes, and for TIME_WAIT where
// nginx closes first; one over a kept connection only as long as it takes.
func ports(latency, hold time.Duration, kept bool, peers int) Arithmetic {
	if kept {
		return proportional(Rate, latency.Seconds()/float64(peers), 0, "rate × latency / servers: connections are kept")
	}
	return proportional(Rate, (latency+hold).Seconds()/float64(peers), 0, "rate × (latency + "+seconds(hold)+" in TIME_WAIT) / servers: each request takes a port, and nginx closes first")
}

// busy is the arithmetic of what works on one request at a time (Little's law).
func busy(latency time.Duration) Arithmetic {
	return proportional(Rate, latency.Seconds(), 0, "rate × latency")
}

// connections is the arithmetic of what each client takes some of.
func connections(each, fixed float64, formula string) Arithmetic {
	return proportional(Clients, each, fixed, formula)
}

// queue is the arithmetic of an accept queue.
func queue() Arithmetic {
	return proportional(Connects, pause.Seconds(), 0, "new connections per second × "+seconds(pause)+" in which nothing is accepted")
}

// held is the arithmetic of a table in which each request leaves entries for a time.
func held(entries float64, stay time.Duration, formula string) Arithmetic {
	return proportional(Rate, entries*stay.Seconds(), 0, formula)
}

func seconds(d time.Duration) string {
	if d%time.Second == 0 {
		return itoa(int(d/time.Second)) + " s"
	}
	return itoa(int(d/time.Millisecond)) + " ms"
}

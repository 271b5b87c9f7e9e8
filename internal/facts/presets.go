package facts

import "time"

// presets are sorted by name; of several with one name the first holds where no
// version is given. Their numbers are those of data/backends.tsv, measured with
// the releases of Debian 12, 13 and testing, npm and Go of November 2026, where
// Note does not say otherwise; a test holds the two together.
var presets = []Preset{
	{
		Name: "aiohttp", Title: "aiohttp", Keeps: KeepsFor, IdleTimeout: 75 * time.Second, Backlog: 128, Localhost: LocalhostBoth,
		Note: "keepalive_timeout of web.run_app and AppRunner",
		Ref:  "https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.run_app",
	},
	{
		Name: "apache", Title: "Apache httpd", Keeps: KeepsFor, IdleTimeout: 5 * time.Second, Requests: 101, Backlog: 511,
		Note: "KeepAliveTimeout, MaxKeepAliveRequests and ListenBackLog; releases before 2.3 had 15 s",
		Ref:  "https://httpd.apache.org/docs/2.4/mod/core.html#keepalivetimeout",
	},
	{
		Name: "bun", Title: "Bun", Keeps: KeepsFor, IdleTimeout: 10 * time.Second, InFlight: 10 * time.Second, Backlog: 512, Localhost: LocalhostFirst,
		Note: "idleTimeout of Bun.serve, up to 2 s later (measured: 11.8 to 12.0 s); it also closes a request that takes longer, without a byte",
		Ref:  "https://bun.sh/docs/api/http",
	},
	{
		Name: "caddy", Title: "Caddy", Keeps: KeepsFor, IdleTimeout: 5 * time.Minute, Backlog: 4096,
		Note: "timeouts idle of a Caddyfile; caddy respond and caddy file-server close after 30 s (backend = \"caddy-respond\", \"caddy-file-server\")",
		Ref:  "https://caddyserver.com/docs/caddyfile/options#timeouts",
	},
	{
		Name: "caddy-file-server", Title: "caddy file-server", Keeps: KeepsFor, IdleTimeout: 30 * time.Second, Backlog: 4096,
		Note: "it has no option for this",
		Ref:  "https://github.com/caddyserver/caddy/blob/master/modules/caddyhttp/fileserver/command.go",
	},
	{
		Name: "caddy-respond", Title: "caddy respond", Keeps: KeepsFor, IdleTimeout: 30 * time.Second, Backlog: 4096,
		Note: "it has no option for this",
		Ref:  "https://github.com/caddyserver/caddy/blob/master/modules/caddyhttp/staticresp.go",
	},
	{
		Name: "caddy-reverse-proxy", Title: "caddy reverse-proxy", Keeps: KeepsFor, IdleTimeout: 5 * time.Minute, Backlog: 4096,
		Note: "measured: open after 40 s; 5 min is what a Caddyfile has",
		Ref:  "https://github.com/caddyserver/caddy/blob/master/modules/caddyhttp/reverseproxy/command.go",
	},
	{
		Name: "cheroot", Title: "Cheroot (CherryPy)", Keeps: KeepsFor, IdleTimeout: 10 * time.Second, Backlog: 5, Localhost: LocalhostFirst,
		Note: "timeout and request_queue_size of its HTTPServer",
		Ref:  "https://cheroot.cherrypy.dev/en/latest/pkg/cheroot.server/",
	},
	{
		Name: "daphne", Title: "Daphne", Keeps: KeepsFor, IdleTimeout: time.Minute, Backlog: 50,
		Note: "that of Twisted; --http-timeout is about requests",
		Ref:  "https://github.com/django/daphne/blob/main/daphne/server.py",
	},
	{
		Name: "deno", Title: "Deno", Keeps: KeepsForever, Backlog: 511, Localhost: LocalhostFirst,
		Note: "measured: open after 130 s",
		Ref:  "https://docs.deno.com/api/deno/~/Deno.serve",
	},
	{
		Name: "django", Title: "Django's manage.py runserver", Keeps: KeepsForever, Backlog: 10,
		Note: "the server for development (measured: open after 100 s with 4.2); with --nothreading it closes each connection and says so, and so does an answer without Content-Length",
		Ref:  "https://docs.djangoproject.com/en/stable/ref/django-admin/#runserver",
	},
	{
		Name: "express", Title: "Express", Keeps: KeepsFor, IdleTimeout: 5 * time.Second, Backlog: 511, Localhost: LocalhostFirst,
		Note: likeNode,
		Ref:  "https://expressjs.com/en/5x/api.html#app.listen",
	},
	{
		Name: "fastify", Title: "Fastify", Keeps: KeepsFor, IdleTimeout: 72 * time.Second, Backlog: 511, Localhost: LocalhostBoth,
		Note: "keepAliveTimeout of its options; the socket closes up to a second later",
		Ref:  "https://fastify.dev/docs/latest/Reference/Server/#keepalivetimeout",
	},
	{
		Name: "go", Title: "Go net/http", Keeps: KeepsForever, Backlog: 4096, Localhost: LocalhostIPv4,
		Note: "so are gin, echo, fasthttp and fiber; IdleTimeout or, without it, ReadTimeout of http.Server ends it (measured: open after 130 s; ReadTimeout 5 s closes after 5 s)",
		Ref:  "https://pkg.go.dev/net/http#Server",
	},
	{
		Name: "gunicorn", Title: "gunicorn, sync workers", Keeps: ClosesAnnounced, Backlog: 2048, Localhost: LocalhostIPv4,
		Note: "the worker class it is shipped with keeps no connection and says so; gunicorn-gthread, gunicorn-gevent, gunicorn-uvicorn and gunicorn-asgi are the others",
		Ref:  "https://docs.gunicorn.org/en/stable/settings.html#keepalive",
	},
	{
		Name: "gunicorn-asgi", Title: "gunicorn, asgi workers", Keeps: KeepsForever, Backlog: 100, Localhost: LocalhostIPv4,
		Note: "measured: open after 130 s with 26.2.2, keepalive 2 s notwithstanding",
		Ref:  "https://docs.gunicorn.org/en/stable/settings.html#keepalive",
	},
	{
		Name: "gunicorn-gevent", Title: "gunicorn, gevent workers", Keeps: KeepsFor, IdleTimeout: 2 * time.Second, Backlog: 2048, Localhost: LocalhostIPv4,
		Note: "keepalive (measured: 1.7 to 2.4 s)",
		Ref:  "https://docs.gunicorn.org/en/stable/settings.html#keepalive",
	},
	{
		Name: "gunicorn-gthread", Title: "gunicorn, gthread workers", Keeps: KeepsFor, IdleTimeout: 2 * time.Second, Backlog: 2048, Localhost: LocalhostIPv4,
		Note: "keepalive (measured: 1.9 to 2.7 s)",
		Ref:  "https://docs.gunicorn.org/en/stable/settings.html#keepalive",
	},
	{
		Name: "gunicorn-uvicorn", Title: "gunicorn, uvicorn workers", Keeps: KeepsFor, IdleTimeout: 2 * time.Second, Backlog: 2048, Localhost: LocalhostIPv4,
		Note: "keepalive, which the worker takes from gunicorn (measured: 1 s as set with 20.1.0 and 0.17.6)",
		Ref:  "https://github.com/encode/uvicorn/blob/master/uvicorn/workers.py",
	},
	{
		Name: "hapi", Title: "hapi", Keeps: KeepsFor, IdleTimeout: 5 * time.Second, Backlog: 511, Localhost: LocalhostFirst,
		Note: likeNode,
		Ref:  "https://hapi.dev/api/#-serveroptionslistener",
	},
	{
		Name: "haproxy", Title: "HAProxy", Keeps: KeepsFor, IdleTimeout: 50 * time.Second, Backlog: 4096,
		Note: "timeout client of the file that Debian ships; timeout http-keep-alive comes first where it is set, and there is no default without either",
		Ref:  "https://docs.haproxy.org/3.2/configuration.html#4.2-timeout%20http-keep-alive",
	},
	{
		Name: "hypercorn", Title: "Hypercorn", In: Range{From: Version{0, 17, 0}}, Keeps: KeepsFor, IdleTimeout: 5 * time.Second, Requests: 1000, Backlog: 100, Localhost: LocalhostIPv4,
		Note: "keep_alive_timeout and keep_alive_max_requests; 0.13, which Debian 12 has, closes at once without saying so (backend = \"hypercorn@0.13\")",
		Ref:  "https://hypercorn.readthedocs.io/en/latest/how_to_guides/configuring.html",
	},
	{
		Name: "hypercorn", Title: "Hypercorn", In: Range{Before: Version{0, 14, 0}}, Keeps: ClosesUnannounced, Backlog: 100, Localhost: LocalhostIPv4,
		Note: "measured with 0.13.2: closed at once, and no answer says so; nothing is known of 0.14 to 0.16",
		Ref:  "https://hypercorn.readthedocs.io/en/latest/how_to_guides/configuring.html",
	},
	{
		Name: "jetty", Title: "Jetty", Keeps: KeepsFor, IdleTimeout: 30 * time.Second, Backlog: 50,
		Note: "idleTimeout of the connector",
		Ref:  "https://github.com/jetty/jetty.project/blob/jetty-12.0.x/jetty-core/jetty-server/src/main/java/org/eclipse/jetty/server/AbstractConnector.java",
	},
	{
		Name: "kestrel", Title: "ASP.NET Core Kestrel", Keeps: KeepsFor, IdleTimeout: 130 * time.Second,
		Note: "Limits.KeepAliveTimeout; not measured",
		Ref:  "https://learn.microsoft.com/en-us/dotnet/api/microsoft.aspnetcore.server.kestrel.core.kestrelserverlimits.keepalivetimeout",
	},
	{
		Name: "koa", Title: "Koa", Keeps: KeepsFor, IdleTimeout: 5 * time.Second, Backlog: 511, Localhost: LocalhostFirst,
		Note: likeNode,
		Ref:  "https://koajs.com/",
	},
	{
		Name: "lighttpd", Title: "lighttpd", Keeps: KeepsFor, IdleTimeout: 5 * time.Second, Requests: 1001, Backlog: 1024,
		Note: "server.max-keep-alive-idle, up to 1.5 s later, and server.max-keep-alive-requests; from 1.4.79 on it asks for an accept queue of 4096",
		Ref:  "https://redmine.lighttpd.net/projects/lighttpd/wiki/Server_max-keep-alive-idleDetails",
	},
	{
		Name: "memcached", Title: "memcached", Keeps: KeepsForever, Backlog: 1024,
		Note: "unless it is started with -o idle_timeout; its connections are limited by -c, 1024",
		Ref:  "https://github.com/memcached/memcached/blob/master/doc/protocol.txt",
	},
	{
		Name: "mojolicious", Title: "Mojolicious (hypnotoad, daemon)", Keeps: KeepsFor, IdleTimeout: 5 * time.Second, Requests: 100, InFlight: 30 * time.Second, Backlog: 4096,
		Note: "keep_alive_timeout; inactivity_timeout closes a request that takes longer than 30 s, without a byte",
		Ref:  "https://docs.mojolicious.org/Mojo/Server/Hypnotoad",
	},
	{
		Name: "nest", Title: "NestJS", Keeps: KeepsFor, IdleTimeout: 5 * time.Second, Backlog: 511, Localhost: LocalhostFirst,
		Note: likeNode,
		Ref:  "https://docs.nestjs.com/faq/http-adapter",
	},
	{
		Name: "next", Title: "Next.js", Keeps: KeepsFor, IdleTimeout: 5 * time.Second, Backlog: 511, Localhost: LocalhostFirst,
		Note: likeNode,
		Ref:  "https://nextjs.org/docs/app/api-reference/cli/next#configuring-a-timeout-for-downstream-proxies",
	},
	{
		Name: "nginx", Title: "nginx", Keeps: KeepsFor, IdleTimeout: 65 * time.Second, Backlog: 511,
		Note: "keepalive_timeout of the nginx.conf that is shipped, not measured; the default without it is 75 s",
		Ref:  "https://github.com/nginx/nginx/blob/master/conf/nginx.conf",
	},
	{
		Name: "node", Title: "Node.js http", Keeps: KeepsFor, IdleTimeout: 5 * time.Second, Backlog: 511, Localhost: LocalhostFirst,
		Note: "server.keepAliveTimeout; from 20 on the socket closes a second later (measured: 5.0 s with 18, 6.0 s with 20 to 26); 65 s in releases with nodejs/node#62782",
		Ref:  "https://nodejs.org/api/http.html#serverkeepalivetimeout",
	},
	{
		Name: "php-fpm", Title: "php-fpm", Keeps: KeepsForever, Backlog: 4096, Slots: 5, Limit: "pm.max_children",
		Note: "a connection with FCGI_KEEP_CONN occupies its process until nginx closes it (measured: open after 70 s and 600 requests); 5 is pm.max_children of the pool that is shipped",
		Ref:  "https://github.com/php/php-src/blob/master/main/fastcgi.c",
	},
	{
		Name: "php-server", Title: "php -S", Keeps: ClosesAnnounced, Backlog: 4096, Localhost: LocalhostFirst,
		Note: "one request at a time unless PHP_CLI_SERVER_WORKERS says otherwise",
		Ref:  "https://www.php.net/manual/en/features.commandline.webserver.php",
	},
	{
		Name: "puma", Title: "Puma", In: Range{Before: Version{7, 0, 0}}, Keeps: KeepsFor, IdleTimeout: 20 * time.Second, Backlog: 1024, Localhost: LocalhostBoth,
		Note: "persistent_timeout (measured: 20.2 s with 5.6.5 and 6.6.0); 65 s from 7.0 on (backend = \"puma@7\")",
		Ref:  "https://github.com/puma/puma/blob/master/History.md",
	},
	{
		Name: "puma", Title: "Puma", In: Range{From: Version{7, 0, 0}}, Keeps: KeepsFor, IdleTimeout: 65 * time.Second, Requests: 999, Backlog: 1024, Localhost: LocalhostBoth,
		Note: "persistent_timeout and max_keep_alive (measured: 65.0 s with 8.0.2)",
		Ref:  "https://github.com/puma/puma/blob/master/History.md",
	},
	{
		Name: "spring-boot", Title: "Spring Boot with Tomcat", Keeps: KeepsFor, IdleTimeout: time.Minute, Requests: 100, Backlog: 100,
		Note: "server.tomcat.keep-alive-timeout, or else connection-timeout; server.tomcat.max-keep-alive-requests",
		Ref:  "https://tomcat.apache.org/tomcat-10.1-doc/config/http.html",
	},
	{
		Name: "starman", Title: "Starman", Keeps: KeepsFor, IdleTimeout: time.Second, Backlog: 1024, Slots: 5, Limit: "--workers",
		Note: "--keepalive-timeout; an idle connection occupies its process for that long",
		Ref:  "https://metacpan.org/dist/Starman/view/script/starman",
	},
	{
		Name: "thin", Title: "Thin", Keeps: KeepsFor, IdleTimeout: 30 * time.Second, Backlog: 100,
		Note: "--timeout",
		Ref:  "https://github.com/macournoyer/thin",
	},
	{
		Name: "tomcat", Title: "Tomcat", Keeps: KeepsFor, IdleTimeout: 20 * time.Second, Requests: 100, Backlog: 100,
		Note: "connectionTimeout of the server.xml that is shipped, up to a second later; the default without it is 60 s",
		Ref:  "https://tomcat.apache.org/tomcat-10.1-doc/config/http.html",
	},
	{
		Name: "tornado", Title: "Tornado", Keeps: KeepsFor, IdleTimeout: time.Hour, Backlog: 128, Localhost: LocalhostBoth,
		Note: "idle_connection_timeout of HTTPServer (measured: open after 130 s)",
		Ref:  "https://www.tornadoweb.org/en/stable/httpserver.html",
	},
	{
		Name: "traefik", Title: "Traefik", Keeps: KeepsFor, IdleTimeout: 3 * time.Minute, Backlog: 4096,
		Note: "respondingTimeouts.idleTimeout of the entry point; from the documentation, not measured",
		Ref:  "https://doc.traefik.io/traefik/reference/install-configuration/entrypoints/",
	},
	{
		Name: "twiggy", Title: "Twiggy", Keeps: ClosesUnannounced, Backlog: 128,
		Note: "it closes at once, and no answer says so",
		Ref:  "https://metacpan.org/pod/Twiggy",
	},
	{
		Name: "twisted", Title: "Twisted Web", Keeps: KeepsFor, IdleTimeout: time.Minute, Backlog: 50,
		Note: "timeout of its HTTPFactory",
		Ref:  "https://docs.twisted.org/en/stable/api/twisted.web.http.HTTPFactory.html",
	},
	{
		Name: "unicorn", Title: "Unicorn", Keeps: ClosesAnnounced, Backlog: 1024,
		Note: "it keeps no connection",
		Ref:  "https://yhbt.net/unicorn/DESIGN.html",
	},
	{
		Name: "uvicorn", Title: "Uvicorn", Keeps: KeepsFor, IdleTimeout: 5 * time.Second, Backlog: 2048, Localhost: LocalhostBoth,
		Note: "--timeout-keep-alive (measured: 4.4 to 5.3 s)",
		Ref:  "https://www.uvicorn.org/settings/#timeouts",
	},
	{
		Name: "uwsgi", Title: "uWSGI, http or http-socket", Keeps: ClosesUnannounced, Backlog: 100, Localhost: LocalhostUnknown,
		Note: "it closes at once, and no answer says so; http11-socket (backend = \"uwsgi-http11-socket\") keeps connections for 4 s, http with http-keepalive (\"uwsgi-http-keepalive\") for 60 s",
		Ref:  "https://uwsgi-docs.readthedocs.io/en/latest/HTTP.html",
	},
	{
		Name: "uwsgi-http-keepalive", Title: "uWSGI, http with http-keepalive", Keeps: KeepsFor, IdleTimeout: time.Minute, Backlog: 100,
		Note: "http-timeout",
		Ref:  "https://uwsgi-docs.readthedocs.io/en/latest/HTTP.html",
	},
	{
		Name: "uwsgi-http11-socket", Title: "uWSGI, http11-socket", Keeps: KeepsFor, IdleTimeout: 4 * time.Second, Backlog: 100,
		Note: "socket-timeout (measured: 2 s and 7 s as set with 2.0.21; so-timeout changes nothing)",
		Ref:  "https://uwsgi-docs.readthedocs.io/en/latest/HTTP.html",
	},
	{
		Name: "varnish", Title: "Varnish", Keeps: KeepsFor, IdleTimeout: 5 * time.Second, Backlog: 1024,
		Note: "parameter timeout_idle",
		Ref:  "https://varnish-cache.org/docs/trunk/reference/varnishd.html#timeout-idle",
	},
	{
		Name: "waitress", Title: "Waitress", Keeps: KeepsFor, IdleTimeout: 2 * time.Minute, Backlog: 1024, Slots: 100, Limit: "connection_limit", Localhost: LocalhostBoth,
		Note: "channel_timeout, up to 30 s later",
		Ref:  "https://docs.pylonsproject.org/projects/waitress/en/stable/arguments.html",
	},
	{
		Name: "webrick", Title: "WEBrick", Keeps: KeepsFor, IdleTimeout: 30 * time.Second, Backlog: 4096, Slots: 100, Limit: "MaxClients",
		Note: "RequestTimeout",
		Ref:  "https://github.com/ruby/webrick/blob/master/lib/webrick/config.rb",
	},
	{
		Name: "werkzeug", Title: "Werkzeug (flask run)", Keeps: ClosesAnnounced, Backlog: 128,
		Note: "the server for development",
		Ref:  "https://werkzeug.palletsprojects.com/en/stable/serving/",
	},
}

// likeNode is the note of a framework that leaves the server of Node.js as it is.
const likeNode = "server.keepAliveTimeout of Node.js; from 20 on the socket closes a second later (measured: 6.0 s)"

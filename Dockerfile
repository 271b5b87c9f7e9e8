# The image holds one static program and nothing else: no shell, no libraries, no
# root. Mount what is to be checked at /repo:
#
#   docker build --build-arg VERSION=v1.2.3 -t tcplint .
#   docker run --rm -v "$PWD:/repo:ro" tcplint check
#   docker run --rm -v "$PWD:/repo" -u "$(id -u):$(id -g)" tcplint fix
#
# To build with an image that cannot change, name it with the digest that you trust:
# --build-arg GO=golang:1.26@sha256:...
ARG GO=golang:1.26
FROM --platform=$BUILDPLATFORM $GO AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH VERSION
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false -ldflags "-s -w -X main.release=$VERSION" -o /out/tcplint ./cmd/tcplint

FROM scratch
LABEL org.opencontainers.image.title="tcplint" \
      org.opencontainers.image.description="find and fix TCP-path faults in nginx configuration and Linux kernel settings" \
      org.opencontainers.image.source="https://github.com/tcplint/tcplint" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /out/tcplint /tcplint
COPY --from=build /src/LICENSE /LICENSE
USER 65532:65532
WORKDIR /repo
ENTRYPOINT ["/tcplint"]

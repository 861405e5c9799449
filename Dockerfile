# docs/kubernetes.md tells what is in the image, what is not, and how to run it.
ARG PYTHON_VERSION=3.13

FROM python:${PYTHON_VERSION}-slim-trixie AS build
ARG GALLERY_DL=gallery-dl
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY cbzsafe/ cbzsafe/
# The bytecode is compiled here, by pip: the running container cannot write it.
# DL3013 wants a version: --no-index leaves the one that was just built.
# hadolint ignore=DL3013
RUN pip wheel --no-cache-dir --wheel-dir /wheels ".[full,container]" "${GALLERY_DL}" \
    && python -m venv --without-pip /opt/cbzsafe \
    && pip --python /opt/cbzsafe/bin/python install --no-cache-dir --no-index \
        --find-links /wheels "cbzsafe[full,container]"

FROM python:${PYTHON_VERSION}-slim-trixie
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="cbzsafe" \
      org.opencontainers.image.description="gallery-dl --cbz that survives kills, full disks and broken pages" \
      org.opencontainers.image.licenses="GPL-2.0-only" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /opt/cbzsafe /opt/cbzsafe
# The user has no account, so nothing else says where the home directory is.
ENV PATH=/opt/cbzsafe/bin:${PATH} \
    HOME=/tmp
WORKDIR /tmp
USER 65532:65532
ENTRYPOINT ["cbzsafe"]

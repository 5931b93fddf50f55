# syntax=docker/dockerfile:1

FROM eclipse-temurin:25-jdk AS build
# The Maven wrapper unpacks Maven with unzip.
RUN apt-get update && apt-get install -y --no-install-recommends unzip && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 \
    ./mvnw -B -ntp package -pl app -am -Dmaven.test.skip=true \
    && mkdir /dist && cp -r app/target/backlane.jar app/target/lib /dist/

FROM eclipse-temurin:25-jre
RUN useradd --system --uid 10001 --home-dir /var/lib/backlane --create-home --shell /usr/sbin/nologin backlane
COPY --from=build /dist /opt/backlane
COPY docker/health /opt/backlane/health
USER 10001:10001
WORKDIR /var/lib/backlane
VOLUME /var/lib/backlane
# Pass settings as variables (docs/configuration.md). An embedded store is in ./data, that is /var/lib/backlane/data.
ENV BACKLANE_SERVER_HOST=0.0.0.0 \
    BACKLANE_SERVER_PORT=8080
EXPOSE 8080
# After an OutOfMemoryError the process exits, so that its supervisor restarts it.
ENTRYPOINT ["java", "-XX:+ExitOnOutOfMemoryError", "-XX:MaxRAMPercentage=60", "-jar", "/opt/backlane/backlane.jar"]
CMD ["serve"]
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["/opt/backlane/health"]
# Grant a stop 11 minutes (docker stop --timeout 660, terminationGracePeriodSeconds: 660): it waits for calls in flight.
STOPSIGNAL SIGTERM

//! A compose file for development and small deployments.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{RenderError, SIGNATURE};
use crate::build_plan::BuildPlan;
use crate::config::Config;
use crate::project::Project;
use crate::start::StartCommand;
use crate::step::Step;

/// Databases and the packages that speak to them: name, packages, service.
const DATABASES: &[(&str, &[&str], &str)] = &[
    (
        "PostgreSQL",
        &["psycopg", "psycopg2", "psycopg2-binary", "psycopg-binary", "asyncpg", "pg8000"],
        "
postgres:
  image: postgres:17
  environment:
    POSTGRES_PASSWORD: change-me
  volumes:
    - postgres:/var/lib/postgresql/data
",
    ),
    (
        "MySQL",
        &["mysqlclient", "pymysql", "aiomysql", "mysql-connector-python"],
        "
mysql:
  image: mysql:8.4
  environment:
    MYSQL_ROOT_PASSWORD: change-me
  volumes:
    - mysql:/var/lib/mysql
",
    ),
    (
        "Redis",
        &["redis", "celery", "rq", "django-redis", "hiredis"],
        "
redis:
  image: redis:7
",
    ),
    (
        "MongoDB",
        &["pymongo", "motor", "mongoengine", "beanie"],
        "
mongo:
  image: mongo:8
  volumes:
    - mongo:/data/db
",
    ),
];

#[derive(Serialize)]
struct Compose {
    services: BTreeMap<String, Service>,
}

#[derive(Serialize)]
struct Service {
    build: Build,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ports: Vec<Port>,
    read_only: bool,
    cap_drop: Vec<&'static str>,
    security_opt: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    healthcheck: Option<Healthcheck>,
    #[serde(skip_serializing_if = "Option::is_none")]
    develop: Option<Develop>,
}

#[derive(Serialize)]
struct Build {
    context: &'static str,
}

/// The long form, since YAML 1.1 reads `22:22` as a number in base sixty.
#[derive(Serialize)]
struct Port {
    target: u16,
    published: String,
}

#[derive(Serialize)]
struct Healthcheck {
    test: Vec<String>,
    interval: String,
    timeout: String,
    start_period: String,
    retries: u32,
}

#[derive(Serialize)]
struct Develop {
    watch: Vec<Watch>,
}

#[derive(Serialize)]
struct Watch {
    action: &'static str,
    path: String,
}

/// Writes the `compose.yaml` of a project: its service, one for each further process, and, commented
/// out, the databases whose drivers it depends on.
pub fn compose(
    project: &Project,
    plan: &BuildPlan,
    config: &Config,
) -> Result<String, RenderError> {
    let name = service_name(plan.name.as_deref());
    let mut services = BTreeMap::new();
    for (process, words) in config.processes.iter().filter(|(process, _)| *process != "web") {
        let command = Some(StartCommand::new(words.iter().cloned()).exec());
        let service = Service {
            command,
            ports: Vec::new(),
            healthcheck: None,
            develop: None,
            ..service(project, plan)
        };
        services.insert(service_name(Some(process)), service);
    }
    services.insert(name, service(project, plan));
    let yaml = serde_yaml::to_string(&Compose { services })?;
    let head = format!(
        "# {SIGNATURE}.\n# `docker compose up --watch` starts it, and rebuilds it when a file changes.\n"
    );
    Ok(head + &yaml + &databases(project))
}

fn service(project: &Project, plan: &BuildPlan) -> Service {
    let source =
        if project.source.is_empty() { ".".to_owned() } else { format!("./{}", project.source) };
    // Rebuilt and not synchronised: the image's files belong to root, and installed layers are cached.
    let rebuild = |path: String| Watch { action: "rebuild", path };
    let outside = project.dependencies.iter().filter(|it| !it.file.starts_with(&project.source));
    let watch =
        std::iter::once(rebuild(source)).chain(outside.map(|it| rebuild(format!("./{}", it.file))));
    Service {
        build: Build { context: "." },
        command: None,
        ports: project
            .port
            .iter()
            .map(|port| Port { target: *port, published: port.to_string() })
            .collect(),
        read_only: true,
        cap_drop: vec!["ALL"],
        security_opt: vec!["no-new-privileges:true"],
        healthcheck: healthcheck(project, plan),
        develop: Some(Develop { watch: watch.collect() }),
    }
}

/// The planned check, else whether the port can be connected to.
fn healthcheck(project: &Project, plan: &BuildPlan) -> Option<Healthcheck> {
    let planned = plan.steps.iter().find_map(|step| match step {
        Step::Healthcheck(check) => Some(check.clone()),
        _ => None,
    });
    let connect = || {
        project.port?;
        let code =
            "import os,socket;socket.create_connection(('127.0.0.1',int(os.environ['PORT'])),2)";
        let command = ["python", "-ISc", code].map(str::to_owned).to_vec();
        Some(crate::step::Healthcheck {
            command,
            interval: 10,
            timeout: 5,
            start_period: 10,
            retries: 3,
        })
    };
    let check = planned.or_else(connect)?;
    let seconds = |count: u32| format!("{count}s");
    Some(Healthcheck {
        // Compose puts in variables of its own for a single `$`.
        test: std::iter::once("CMD".to_owned())
            .chain(check.command.iter().map(|word| word.replace('$', "$$")))
            .collect(),
        interval: seconds(check.interval),
        timeout: seconds(check.timeout),
        start_period: seconds(check.start_period),
        retries: check.retries,
    })
}

/// A name that compose accepts: lower case letters, digits, dashes, underscores.
fn service_name(name: Option<&str>) -> String {
    let allowed = |c: char| {
        if c.is_ascii_alphanumeric() || "-_".contains(c) { c.to_ascii_lowercase() } else { '-' }
    };
    let name: String = name.unwrap_or("app").chars().map(allowed).collect();
    let name = name.trim_start_matches(['-', '_']);
    if name.is_empty() { "app".to_owned() } else { name.to_owned() }
}

/// Services and volumes for the databases, as comments: which of them to run here is for the user to say.
fn databases(project: &Project) -> String {
    let depends = |names: &&[&str]| {
        let mut requirements =
            project.requirements.requirements.iter().filter_map(|it| it.name.as_ref());
        requirements.any(|name| names.contains(&name.as_str()))
    };
    let used: Vec<_> = DATABASES.iter().filter(|(_, packages, _)| depends(packages)).collect();
    if used.is_empty() {
        return String::new();
    }
    let names: Vec<_> = used.iter().map(|(name, ..)| *name).collect();
    let mut text = format!(
        "\n  # The project speaks to {}. To run it beside the application:\n",
        names.join(" and ")
    );
    let mut volumes = Vec::new();
    for (.., service) in used {
        for line in service.trim().lines() {
            text += &["  # ", line, "\n"].concat();
            if let Some((volume, _)) =
                line.trim().strip_prefix("- ").and_then(|it| it.split_once(":/"))
            {
                volumes.push(volume);
            }
        }
    }
    if !volumes.is_empty() {
        text.push_str("\n# volumes:\n");
        for volume in volumes {
            text += &["#   ", volume, ":\n"].concat();
        }
    }
    text
}

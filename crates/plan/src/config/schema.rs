//! The JSON Schema of `boxwright.yaml`, for editors.

use serde_json::{Value, json};

use crate::PythonMinor;

/// The schema, as published in `docs/boxwright.schema.json`.
pub fn schema() -> Value {
    let command = json!({ "anyOf": [
        { "type": "string", "minLength": 1 },
        { "type": "array", "items": { "type": "string" }, "minItems": 1 },
    ] });
    let port = json!({ "type": "integer", "minimum": 1, "maximum": 65535 });
    let text = |description: &str| json!({ "type": "string", "description": description });
    let described = |schema: &Value, description: &str| {
        let mut schema = schema.clone();
        schema["description"] = description.into();
        schema
    };
    let list = |items: &Value, description: &str| json!({ "type": "array", "items": items, "description": description });
    let scalars = |description: &str| {
        let scalar = json!({ "type": ["string", "number", "boolean"] });
        json!({ "type": "object", "additionalProperties": scalar, "description": description })
    };
    let strings = json!({ "type": "string" });
    let leak_rules = boxwright_context::Rule::ALL.map(boxwright_context::Rule::name);
    let offered: Vec<_> = PythonMinor::OFFERED.iter().map(ToString::to_string).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "boxwright.yaml",
        "description": "How Boxwright builds the image of this project. Every key may be left out: it is detected.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "name": text("The name of the project and its image."),
            "source": text("The folder that holds the application."),
            "requirements": text("The file that lists the dependencies."),
            "python": json!({
                "type": ["string", "number"],
                "description": "The Python version, in quotes. Without a base of one's own, one of the examples.",
                "examples": offered,
            }),
            "app": text("The application: `module:object` or `module:factory()`."),
            "start": described(&command, "The start command, as one line or as a list of words. `$PORT` stands for the port."),
            "port": described(&port, "The port that the application listens on, unless `PORT` says otherwise when it starts."),
            "add_server": json!({ "type": "boolean", "description": "Add a production server when the project depends on none." }),
            "base": text("The base image, instead of one composed from Debian packages: a reference, a layout or an archive."),
            "index": text("The package index, instead of PyPI."),
            "env": scalars("Environment variables of the image."),
            "labels": scalars("Labels of the image."),
            "system_packages": list(&strings, "Debian packages to add to the base."),
            "include": list(&strings, "The only files and folders of the source to copy."),
            "healthcheck": healthcheck(&command),
            "user": json!({ "type": ["string", "integer"], "description": "Who runs the processes: `user:group` in numbers." }),
            "ports": list(&port, "Ports to expose besides the application's."),
            "processes": json!({
                "type": "object",
                "additionalProperties": command,
                "description": "Further start commands by name. The image starts `web` where there is one.",
            }),
            "pre_start": list(&command, "Commands that must succeed before the start, at every start, in this order."),
            "layers": layers(),
            "allow_leaks": list(&json!({ "enum": leak_rules }), "Rules of the leak check that are switched off."),
        },
    })
}

fn layers() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "description": "How layers are cut.",
        "properties": {
            "budget": {
                "type": "integer",
                "minimum": 1,
                "maximum": 17,
                "description": "At most this many layers of dependencies.",
            },
        },
    })
}

fn healthcheck(command: &Value) -> Value {
    let seconds =
        |description: &str| json!({ "type": "integer", "minimum": 0, "description": description });
    let full = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "path": { "type": "string", "description": "The path that answers with a status below 400 while all is well." },
            "command": command,
            "interval": seconds("Seconds between two checks."),
            "timeout": seconds("Seconds until a check counts as failed."),
            "start_period": seconds("Seconds after the start while failures do not count."),
            "retries": { "type": "integer", "minimum": 1, "description": "Failures in a row until the container is unhealthy." },
        },
    });
    json!({
        "description": "How a container is asked whether it is well: a path, or a mapping.",
        "anyOf": [{ "type": "string" }, full],
    })
}

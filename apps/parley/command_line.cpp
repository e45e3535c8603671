#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <system_error>
#include <vector>

#include "command_builder.hpp"
#include "encoding/json_text.hpp"
#include "request.hpp"

namespace parley::app {

namespace {

using encoding::Json;

constexpr const char* version_text = "parley " PARLEY_VERSION;

void declare_node(Builder& b) {
  b.command("init", "Make a home: keys, log, default policy (nothing leaves)")
      .text("--name", "name", "The organisation as people know it", true)
      .text("--kind", "kind", "national_cert, isac, vendor, bank, fiu, police, prosecutor, intergov or other",
            true)
      .text("--jurisdiction", "jurisdiction", "ISO 3166-1 alpha-2 code", true)
      .text("--origin", "origin", "Name of the ledger's log, for ever (default: made from the name)")
      .text("--peer-address", "peer_address", "host:port where peers reach this node (goes into invitations)")
      .text("--peer-listen", "peer_listen", "host:port to listen on for peers (default: the peer address)")
      .text("--listen", "listen", "host:port of the HTTPS endpoints")
      .path("--warninglists", "warninglists",
            "Folder of MISP warninglists to hold false positives back with");
  b.command("serve", "Run the node: peers, endpoints and commands, until SIGTERM or Ctrl-C")
      .text("--listen", "listen", "host:port of the HTTPS endpoints (health, metrics, ledger)")
      .text("--peer-listen", "peer_listen", "host:port for peers");
  b.command("doctor", "Check the home: keys, store, ledger, policy, clock");
  CLI::App& officer = b.group("officer", "Officers who approve, by unit");
  b.command(officer, "add", "officer add", "Enrol an officer; makes the key file if there is none")
      .text("name", "name", "Name; kept in this home, sealed in the ledger", true)
      .text("--unit", "unit", "Unit", true)
      .path("--key", "key", "Ed25519 key file (PEM); only its public half is used", true);
  b.command(officer, "list", "officer list", "Officers and their units");
  b.command(officer, "revoke", "officer revoke", "From now on this officer approves nothing")
      .text("name", "name", "Name", true)
      .text("--reason", "reason", "left, lost_key, compromised or other");
}

void declare_search(Builder& b) {
  b.command("search", "Find what is held: by value, id, text, type, marking, label, source or time")
      .text("value", "value", "A selector value (defanged or not) or a STIX id")
      .flag("--prefix", "prefix", "Values that begin with it")
      .flag("--below", "below", "What lies below this domain, or in this network; mail and URLs too")
      .flag("--correlate", "correlate", "Where else the value stands: other events, networks around it")
      .text("--text", "text", "Words, \"phrases\", begin*: in names, aliases, descriptions, comments")
      .list("--type", "types", "Objects of these STIX types")
      .list("--selector-type", "selector_types", "Values of these types: domain-name, file:sha256, …")
      .list("--tlp", "tlp", "Strictest marking: clear, green, amber, amber+strict, red, none, unknown")
      .list("--label", "labels", "With all of these labels")
      .list("--source", "sources", "From one of these sources")
      .text("--seen-from", "seen_from", "Seen since this day or time")
      .text("--seen-to", "seen_to", "Seen before its end")
      .text("--created-from", "created_from", "Objects made since")
      .text("--created-to", "created_to", "Objects made until")
      .text("--modified-from", "modified_from", "Objects changed since")
      .text("--modified-to", "modified_to", "Objects changed until")
      .flag("--expired", "expired", "Objects that have expired, too")
      .text("--cursor", "cursor", "Go on after a page")
      .number("--limit", "limit", "Hits a page (default 100, at most 1000)")
      .flag("--raw", "raw", "With the objects, byte for byte");
  b.command("index", "Bring the indexes of search up to date; a node that serves does it by itself")
      .flag("--rebuild", "rebuild", "Make them anew");
  b.command("expire", "Take out what is valid no more; a node that serves does it every hour")
      .flag("--dry-run", "dry_run", "Only tell what would go")
      .flag("--decayed", "decayed", "Also what has decayed by any model");
  b.command("delete", "Erase an object, or let go of a value, with all that indexes know of it")
      .text("what", "what", "A STIX id, or a value", true)
      .text("--source", "source", "Only what this source said")
      .flag("--dry-run", "dry_run", "Only tell what would go");
  CLI::App& sighting = b.group("sighting", "Who saw a value, and when");
  b.command(sighting, "add", "sighting add", "Note that a value was seen, is harmless, or ends")
      .text("value", "value", "A selector value", true)
      .text("--kind", "kind", "seen (default), false-positive or expiration")
      .text("--at", "at", "When, RFC 3339 (default: now)")
      .number("--times", "times", "How often (default 1)")
      .text("--source", "source", "Who says so (default: analyst)");
  b.command(sighting, "list", "sighting list", "All sightings of a value")
      .text("value", "value", "A selector value", true);
}

void declare_intel(Builder& b) {
  b.command("import", "Read STIX 2.1, MISP, CSV or plain lists")
      .paths("paths", "paths", "Files or folders; - is standard input")
      .text("--format", "format", "auto, stix, misp, csv, list or text (default auto)")
      .text("--tlp", "tlp",
            "Marking of what carries none: clear, green, amber, amber+strict, red. Without it, "
            "such items never leave")
      .text("--source", "source", "Where it came from (default: the file's name)")
      .text("--open-case", "open_case", "Name of an open case: held out of every match")
      .flag("--unpublished", "unpublished", "Its source has not published it: held out of matches by default")
      .flag("--published", "published", "Its source has published it, though its MISP events say no")
      .list("--label", "labels", "Labels put on bare values, comma-separated")
      .path("--rejects", "rejects", "Write every item that was rejected or held back, as JSON lines");
  b.command("export", "Write what is held as STIX, CSV or MISP: for own use, or what a peer may have")
      .text("--format", "format", "stix, csv or misp", true)
      .list("--type", "types", "Only these STIX types and selector types, comma-separated")
      .text("--to", "to", "Peer: a disclosure, with what the rules let this peer have")
      .text("--agreement", "agreement", "With --to: agreement id, hash or unique beginning")
      .text("--purpose", "purpose", "With --to: purpose code")
      .path("-o,--out", "out", "File to write (default: standard output)");
  declare_search(b);
  b.command("selectors", "List canonical selectors")
      .list("--types", "types", "Selector types, comma-separated (default: all)")
      .text("--cursor", "cursor", "Go on after a page")
      .number("--limit", "limit", "Selectors a page, at most 100000 (default: all there are)");
}

void declare_taxii_server(Builder& b, CLI::App& taxii) {
  CLI::App& collection = *taxii.add_subcommand("collection", "What this node offers");
  collection.require_subcommand(1);
  b.command(collection, "add", "taxii collection add", "Make a collection; nobody may use it yet")
      .text("title", "title", "Title, by which some clients find it", true)
      .text("--description", "description", "One line")
      .text("--alias", "alias", "Name in paths, besides the id")
      .text("--root", "root", "API root (default intel)")
      .flag("--read-only", "read_only", "Nobody posts into it (the default)")
      .flag("--writable", "writable", "Users with the right to write may post into it")
      .text("--tlp", "tlp", "Marking of what is posted without one; such objects never leave otherwise");
  b.command(collection, "list", "taxii collection list", "Collections, their members and rules");
  b.command(collection, "fill", "taxii collection fill",
            "Put what is held into a collection, and what is imported later; what is given must all fit")
      .text("collection", "collection", "Id, alias or title", true)
      .list("--source", "sources", "Names of sources, as import had them")
      .list("--type", "types", "STIX types")
      .list("--label", "labels", "Any of these labels")
      .list("--id", "ids", "STIX ids")
      .flag("--all", "all", "Everything");
  CLI::App& user = *taxii.add_subcommand("user", "Who may use the collections");
  user.require_subcommand(1);
  b.command(user, "add", "taxii user add", "Add a user, or give one more rights or a new secret")
      .text("name", "name", "Name; policy.toml needs a [[taxii]] entry for it", true)
      .flag("--password", "password", "Make a password (HTTP Basic); shown once")
      .path("--password-file", "password_file", "Or take it from a file")
      .flag("--token", "token", "Make a bearer token; shown once")
      .path("--certificate", "certificate", "Client certificate (PEM)")
      .list("--collection", "collections", "Id, alias or title; read, or NAME:rw, NAME:w")
      .text("--misp", "misp", "MISP's feed (r) and its endpoints for instances: r, w or rw")
      .text("--organisation", "organisation", "UUID of its organisation in MISP, for sharing groups");
  b.command(user, "list", "taxii user list", "Users and what they may do");
  b.command(user, "revoke", "taxii user revoke", "From now on nothing that it shows is taken")
      .text("name", "name", "Name", true);
}

/// Where another server is, and how it is reached.
Builder::Command& declare_taxii_access(Builder::Command& command) {
  return command.text("url", "url", "https:// URL of a discovery, an API root or a collection", true)
      .text("--collection", "collection", "Id, title or alias, there")
      .text("--api-root", "api_root", "URL, path or last segment, where a server has several")
      .text("--user", "user", "User of HTTP Basic")
      .path("--password-file", "password_file", "File with the user's password")
      .path("--token-file", "token_file", "File with a bearer token")
      .path("--api-key-file", "api_key_file", "File with an API key")
      .text("--api-key-header", "api_key_header", "Header that carries the API key (default X-API-Key)")
      .path("--key", "key", "Private key of the client certificate (PEM)")
      .path("--cert", "cert", "Client certificate and its chain (PEM)")
      .path("--ca", "ca", "Certificates that alone are trusted (PEM; default: the system's)")
      .text("--pin", "pin", "SHA-256 of the server's certificate or public key, trusted alone")
      .text("--proxy", "proxy",
            "HTTP proxy that takes CONNECT, http://HOST:PORT, or none (default: config.toml, HTTPS_PROXY)")
      .path("--proxy-login-file", "proxy_login_file", "File with USER:PASSWORD for the proxy");
}

void declare_taxii_client(Builder& b) {
  CLI::App& taxii = b.group("taxii", "TAXII 2.1: what other servers offer, and what this one does");
  declare_taxii_server(b, taxii);
  Builder::Command pull =
      b.command(taxii, "pull", "taxii pull",
                "Read a collection of another server into the store, from where the last pull ended");
  declare_taxii_access(pull)
      .text("--tlp", "tlp",
            "Marking of what carries none: clear, green, amber, amber+strict, red. Without it, such items "
            "never leave")
      .text("--since", "since", "Read what was added after this time, whatever was read before")
      .number("--limit", "limit", "Objects a page (default 1000)")
      .flag("--no-manifest", "no_manifest", "Do not compare what came with the manifest")
      .number("--every", "every", "Repeat it every so many seconds while the node serves");
  Builder::Command push =
      b.command(taxii, "push", "taxii push",
                "Send a collection of this node, or an approved release, to another server");
  declare_taxii_access(push)
      .text("--from", "from", "Collection of this node: id, alias or title")
      .list("--id", "ids", "Only these STIX ids")
      .flag("--again", "again", "From the beginning, whatever was pushed before")
      .text("--agreement", "agreement", "Agreement with the peer whose collection it is")
      .text("--purpose", "purpose", "One purpose of the agreement")
      .text("--release", "release", "Exactly the package of this approved release, instead of a collection")
      .number("--every", "every", "Send what is new every so many seconds while the node serves");
  b.command(taxii, "pulls", "taxii pulls", "Pulls that are repeated, and what the last ones came to");
  b.command(taxii, "pushes", "taxii pushes", "Pushes that are repeated, and what the last ones came to");
  b.command(taxii, "unschedule", "taxii unschedule", "Repeat a pull or a push no more")
      .text("id", "id", "Id of the schedule", true);
}

void declare_misp(Builder& b) {
  CLI::App& misp = b.group("misp", "MISP: read feeds and instances; users of this node's are those of taxii");
  CLI::App& feed = *misp.add_subcommand("feed", "Feeds");
  feed.require_subcommand(1);
  const auto declare = [](Builder::Command command, const char* key_help) {
    return command.path("--key", "key", key_help)
        .path("--ca", "ca", "Certificates that alone are trusted (PEM; default: the system's)")
        .text("--pin", "pin", "SHA-256 of the server's certificate or public key, trusted alone")
        .path("--cert", "cert", "Client certificate and its chain (PEM)")
        .path("--cert-key", "cert_key", "Private key of the client certificate (PEM)")
        .text("--proxy", "proxy",
              "HTTP proxy that takes CONNECT, http://HOST:PORT, or none (default: config.toml, HTTPS_PROXY)")
        .path("--proxy-login-file", "proxy_login_file", "File with USER:PASSWORD for the proxy")
        .text("--tlp", "tlp",
              "Marking of what carries none: clear, green, amber, amber+strict, red. Without it, such items "
              "never leave")
        .flag("--again", "again", "Fetch every event again and tell which changed under the same timestamp")
        .flag("--fewer", "fewer", "Take events with fewer attributes than they say to have")
        .number("--limit", "limit", "Entries of a page of the index (default 10000)")
        .number("--every", "every", "Repeat it every so many seconds while the node serves");
  };
  declare(b.command(feed, "pull", "misp feed pull", "Read the events of a feed that are new or have changed")
              .text("url", "url", "https:// URL of the feed's folder or of its manifest.json", true),
          "File with a key for the feed, where it wants one");
  declare(b.command(misp, "pull", "misp pull", "Read the events of an instance that are new or have changed")
              .text("url", "url", "https:// URL of the instance", true),
          "File with the key of our user there");
  b.command(misp, "pulls", "misp pulls", "Pulls that are repeated, and what the last ones came to");
  b.command(misp, "unschedule", "misp unschedule", "Repeat a pull no more")
      .text("id", "id", "Id of the schedule", true);
  b.command(misp, "organisation", "misp organisation",
            "The UUID of a peer's organisation in MISP: in which sharing groups an export counts it")
      .text("peer", "peer", "Name or origin", true)
      .text("--uuid", "uuid", "The UUID")
      .flag("--none", "none", "It is in none");
}

void declare_patterns(Builder& b) {
  b.command("related", "Find what lies around an object, over relationships and references")
      .text("value", "value", "A STIX id, or a selector value that objects here hold", true)
      .number("--steps", "steps", "How far, 1 to 4 (default 2)")
      .list("--types", "types", "Tell only objects of these STIX types")
      .flag("--authors", "authors", "Also over created_by_ref and through identities")
      .text("--cursor", "cursor", "Go on after a page")
      .number("--limit", "limit", "Objects a page (default 100)");
  CLI::App& pattern = b.group("pattern", "STIX patterns; needs no home");
  b.command(pattern, "check", "pattern check", "Whether patterns are right, and what is wrong with them")
      .patterns("patterns", "Patterns, each in quotes")
      .path("--file", "file", "A file of patterns, one a line")
      .text("--stix", "stix", "Grammar of 2.0 or 2.1 alone (default: both)");
  b.command(pattern, "match", "pattern match",
            "Whether a pattern matches observed data: exit 0 it does, 1 it does not, 3 it cannot be said")
      .text("pattern", "pattern", "The pattern, in quotes", true)
      .path("--data", "data", "JSON: observed-data objects, bundles, or an array of them", true)
      .text("--stix", "stix", "Grammar of 2.0 or 2.1 alone (default: both)");
}

void declare_peers(Builder& b) {
  CLI::App& peer = b.group("peer", "Other nodes");
  b.command(peer, "invite", "peer invite", "Print an invitation to carry by hand to another node")
      .text("--address", "address", "host:port where that node reaches this one (default: from init)")
      .text("--for", "for", "The pinned node that it is for (needed when several have none yet)")
      .number("--days", "days", "How long it may be accepted (default 7)")
      .path("-o,--output", "output", "File to write (default: standard output)");
  b.command(peer, "accept", "peer accept",
            "Pin the node whose invitation this is; compare the fingerprint by voice")
      .path("file", "file", "Invitation", true)
      .text("--name", "name", "Name to know it by here (default: its own)")
      .text("--invitation", "invitation", "Which of this node's invitations it holds, when several are open");
  b.command(peer, "list", "peer list", "Pinned nodes")
      .flag("--trust", "trust", "As a trust file for verify, this node included");
  b.command(peer, "suspend", "peer suspend", "Stop every act with this node at once")
      .text("peer", "peer", "Name or origin", true);
  b.command(peer, "resume", "peer resume", "Take it up again").text("peer", "peer", "Name or origin", true);
  CLI::App& agreement = b.group("agreement", "What two nodes may do, signed by both");
  b.command(agreement, "draft", "agreement draft", "Write a draft")
      .text("--peer", "peer", "Name or origin", true)
      .list("--purposes", "purposes", "Purpose codes", true)
      .list("--types", "types", "Selector types that may be matched", true)
      .text("--output", "output", "items or size (default items)")
      .text("--learner", "learner",
            "one: the side that asks learns; both: a run may let both learn (default one)")
      .number("--min-set", "min_set", "Smallest set that may be matched (default 16)")
      .number("--max-set", "max_set", "Largest set that may be matched (default 1048576)")
      .number("--runs-per-day", "runs_per_day", "Matches a day and direction (default 4)")
      .number("--items-per-day", "items_per_day",
              "Items that may be asked a day (default: runs times max-set)")
      .number("--days", "days", "Valid for so many days from now (default 365)")
      .text("--valid-from", "valid_from", "RFC 3339 (default: now)")
      .text("--valid-to", "valid_to", "RFC 3339")
      .number("--audit-days", "audit_days", "How long a run can be replayed (default 30)")
      .number("--lookups-per-day", "lookups_per_day",
              "Values that each side may look up a day (default: none)")
      .flag("--lookup-labels", "lookup_labels", "A hit of a look-up shows where to ask further")
      .text("--authority", "authority", "Under which law or instrument this side acts", true)
      .text("--peer-authority", "peer_authority", "And the other side, as it told you", true);
  b.command(agreement, "sign", "agreement sign", "Sign a draft and send it to the other side")
      .text("id", "id", "Hash of the agreement, or its beginning", true);
  b.command(agreement, "list", "agreement list", "Agreements and whether they are in force");
  b.command(agreement, "show", "agreement show", "One agreement in full")
      .text("id", "id", "Hash, or its beginning", true);
  b.command(agreement, "suspend", "agreement suspend",
            "Stop all acts under it at once, and tell the other side")
      .text("id", "id", "Hash, or its beginning", true);
  b.command(agreement, "resume", "agreement resume",
            "This side's half of taking it up again; both must say so")
      .text("id", "id", "Hash, or its beginning", true);
}

void declare_acts(Builder& b) {
  Builder::Command match = b.command("match", "Learn which selectors both nodes hold, and nothing else");
  match.app->require_subcommand(0, 1);
  // Not marked as needed here, because the commands below it have arguments of their own; the node asks for
  // them.
  match.text("peer", "peer", "Name or origin")
      .text("--agreement", "agreement", "Hash, or its beginning")
      .text("--purpose", "purpose", "Purpose code")
      .list("--types", "types", "Selector types (default: those of the agreement)")
      .text("--output", "output", "items or size (default: what the agreement allows)")
      .text("--learner", "learner", "one or both, where the agreement lets both learn (default one)")
      .text("--protocol", "protocol", "auto, vole, vole-21x24 or dh (default auto: by sizes and output)")
      .text("--prefer", "prefer", "bytes or time (default: as the sizes say)")
      .flag("--dry-run", "dry_run", "Print the leak statement and the set's size, run nothing");
  Builder::Command lookup = b.command("lookup", "Ask a peer about single values; it does not learn which");
  lookup.app->require_subcommand(0, 1);
  // Asked for by the node, as those of a match.
  lookup.text("peer", "peer", "Name or origin")
      .words("values", "values", "Values, or TYPE:VALUE; at most 8192", false)
      .text("--agreement", "agreement", "Hash, or its beginning")
      .text("--purpose", "purpose", "Purpose code");
  b.command(*lookup.app, "propose", "lookup propose",
            "Build the set that a peer may ask, or put it before the officers")
      .text("peer", "peer", "Name or origin", true)
      .text("--agreement", "agreement", "Hash, or its beginning", true)
      .text("--purpose", "purpose", "Purpose code", true)
      .flag("--tomorrow", "tomorrow", "For the next day, UTC");
  b.command(*lookup.app, "pending", "lookup pending", "Sets that wait for officers, or waited");
  b.command(*match.app, "list", "match list", "Matches that wait for officers, or waited");
  b.command(*match.app, "open", "match open", "Show that one item was committed to in a finished run")
      .text("run", "run", "Run id, or its beginning", true)
      .text("value", "value", "TYPE:VALUE", true)
      .path("-o,--output-file", "output", "File to write (default: standard output)");
  b.command("runs", "Match runs of this node").text("id", "id", "One run, in full");
  CLI::App& release = b.group("release", "Send an object under policy, with approvals and a receipt");
  for (const char* name : {"preview", "propose"}) {
    b.command(release, name, std::string("release ") + name,
              std::string(name) == "preview" ? "Show what would leave and what stays behind"
                                             : "Build the package and ask for approvals")
        .text("peer", "peer", "Name or origin", true)
        .text("--agreement", "agreement", "Hash, or its beginning", true)
        .text("--purpose", "purpose", "Purpose code", true)
        .list("--object", "objects", "STIX ids")
        .list("--selector", "selectors", "Selectors as TYPE:VALUE")
        .number("--days", "days", "Decision expires after so many days (default 7)");
  }
  b.command(release, "list", "release list", "Releases and their states");
  b.command(release, "show", "release show", "One release in full")
      .text("id", "id", "Release id, or its beginning", true);
  b.command(release, "deliver", "release deliver",
            "Deliver an approved release (again, if the peer was away)")
      .text("id", "id", "Release id, or its beginning", true);
  b.command("approve", "Approve a release, a match or a set for look-ups with your own key")
      .text("id", "id", "Release or match id, or its beginning", true)
      .text("--as", "officer", "Officer", true)
      .path("--key", "key", "The officer's private key file; it is used here and never sent", true);
  b.command("reject", "Reject a release, a match or a set for look-ups: it is void")
      .text("id", "id", "Release or match id, or its beginning", true)
      .text("--as", "officer", "Officer", true)
      .path("--key", "key", "The officer's private key file", true);
}

void declare_proof(Builder& b) {
  CLI::App& policy = b.group("policy", "The rules of this node (policy.toml)");
  b.command(policy, "check", "policy check", "Load a policy file and run its own tests")
      .path("file", "file", "Policy (default: the home's)");
  b.command(policy, "set", "policy set", "Check a policy file and put it in force")
      .path("file", "file", "Policy", true);
  b.command(policy, "explain", "policy explain", "Which rule decides, for whom and why")
      .text("--peer", "peer", "Name or origin", true)
      .text("--agreement", "agreement", "Hash, or its beginning")
      .text("--purpose", "purpose", "Purpose code")
      .text("--act", "act", "match, release or export (default release)")
      .text("--object", "object", "STIX id")
      .text("--selector", "selector", "TYPE:VALUE");
  b.command(policy, "test", "policy test", "Run the what-if cases of the policy in force");
  CLI::App& ledger = b.group("ledger", "The append-only record");
  b.command(ledger, "status", "ledger status", "Size, root and what the entries are");
  b.command(ledger, "checkpoint", "ledger checkpoint", "The signed checkpoint");
  b.command(ledger, "prove", "ledger prove", "Inclusion proof of an entry (C2SP tlog-proof)")
      .number("index", "index", "Leaf index")
      .path("-o,--output", "output", "File to write");
  b.command(ledger, "confirm", "ledger confirm",
            "Ask a peer what it has seen of this ledger, after a restore")
      .text("peer", "peer", "Name or origin", true);
  b.command(ledger, "audit", "ledger audit", "Replay one's own messages of a match run")
      .text("run", "run", "Run id", true);
  CLI::App& evidence = b.group("evidence", "Bundles that prove a disclosure offline");
  b.command(evidence, "export", "evidence export", "Write the bundle of a release or a match run")
      .text("id", "id", "Release or run id, or its beginning", true)
      .path("-o,--output", "output", "File to write", true)
      .flag("--with-content", "with_content", "Include the bytes that were released");
  b.command("validate", "Check STIX files against the specification; needs no home")
      .paths("paths", "paths", "Bundles, single objects or lists of them; - is standard input")
      .flag("--strict", "strict", "Warnings with an official code count as errors")
      .flag("--interop", "interop", "Also the interoperability profile");
  b.command("convert", "MISP events as a STIX 2.1 bundle, or a bundle as a MISP event; needs no home")
      .path("path", "path", "File to read", true)
      .text("--to", "to", "stix or misp", true)
      .path("-o,--output", "output", "File to write (default: standard output)");
  b.command("verify", "Check a bundle offline; needs no home")
      .path("bundle", "bundle", "Evidence bundle, or an opening (match open)", true)
      .path("--trust", "trust", "Trust file carried by hand (peer list --trust)");
}

}  // namespace

Result<std::optional<Request>> parse_command_line(int argc, char** argv) {
  Request request;
  CLI::App app{
      "Parley: cooperate against cybercrime without trusting the other side.\n"
      "Match what two nodes both hold, release under policy, prove what was disclosed."};
  app.name("parley");
  app.require_subcommand(1);
  app.set_version_flag("--version", version_text);
  app.get_formatter()->column_width(34);
  std::string home;
  app.add_option("--home", home, "Folder of the node (default: $PARLEY_HOME, else ~/.parley)");
  app.add_flag("--json", request.json, "Print exactly one JSON object on standard output");
  app.fallthrough();  // --home and --json are also taken behind the command
  app.footer(
      "Exit codes: 0 done; 1 refused by policy or not proven; 2 usage; 3 bad input; 4 peer or network; 5 "
      "internal.");
  Builder builder(app, request);
  declare_node(builder);
  declare_intel(builder);
  declare_reports(builder);
  declare_patterns(builder);
  declare_taxii_client(builder);
  declare_misp(builder);
  declare_peers(builder);
  declare_acts(builder);
  declare_proof(builder);
  // CLI11 takes what stands in brackets for a list; with a blank behind it, it is the pattern that it is.
  std::vector<std::string> words(argv, argv + argc);
  std::vector<const char*> arguments;
  for (std::string& word : words) {
    if (word.starts_with('[') && word.ends_with(']')) word += ' ';
    arguments.push_back(word.c_str());
  }
  // They travel as JSON, to the node and into its answers. A file of another name is read from standard
  // input.
  for (const std::string& word : words)
    if (!encoding::is_utf8(word))
      return fail(ErrorKind::usage,
                  "an argument is not text in UTF-8; a file of such a name can be given as -");
  try {
    app.parse(argc, arguments.data());
  } catch (const CLI::Success& shown) {  // --help, --version
    app.exit(shown);
    return std::optional<Request>();
  } catch (const CLI::ParseError& error) {
    return fail(ErrorKind::usage, std::string(error.what()) + "\nRun with --help for more.");
  }
  builder.collect();
  if (home.empty()) {
    const char* from_environment = std::getenv("PARLEY_HOME");
    const char* user = std::getenv("HOME");
    home = from_environment != nullptr && *from_environment != '\0'
               ? from_environment
               : std::string(user != nullptr && *user != '\0' ? user : ".") + "/.parley";
  }
  std::error_code code;
  request.home = std::filesystem::absolute(home, code).lexically_normal().string();
  if (code || !encoding::is_utf8(request.home))
    return fail(ErrorKind::usage, "--home: no path in UTF-8 that can be made absolute");
  return std::optional<Request>(std::move(request));
}

}  // namespace parley::app

#include "client/finder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace parley::client {

namespace {

constexpr std::size_t max_offered = 50;  // collections named in an error
constexpr std::size_t max_warnings = 50;
const ResourceLimits limits;

std::unexpected<Error> wrong(const Url& url, const Error& error) {
  return fail(ErrorKind::bad_input, "this is no TAXII 2.1 resource: " + error.text(), url.text());
}

std::string last_segment(std::string path) {
  while (path.ends_with('/')) path.pop_back();
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

Finder::Finder(Url start, std::string wanted, std::string api_root)
    : start_(std::move(start)), wanted_(std::move(wanted)), wanted_root_(std::move(api_root)) {
  // ".../collections/ID/" and what lies below it name everything at once.
  constexpr std::string_view part = "/collections/";
  const std::size_t at = start_.path.find(part);
  if (at != std::string::npos && at + part.size() < start_.path.size()) {
    const std::size_t id = at + part.size();
    const std::string name = start_.path.substr(id, start_.path.find('/', id) - id);
    place_.api_root = start_;
    place_.api_root.path = start_.path.substr(0, at + 1);
    place_.api_root.query.clear();
    place_.collection = place_.api_root.below("collections/" + name + "/");
    direct_ = true;
    ask(Stage::root, place_.api_root);
    return;
  }
  if (at != std::string::npos) start_.path = start_.path.substr(0, at + 1);
  start_.query.clear();
  ask(Stage::start, start_.below(""));
}

void Finder::ask(Stage stage, Url url) {
  stage_ = stage;
  asking_ = std::move(url);
}

void Finder::warn(std::string text) {
  if (warnings_.size() < max_warnings) warnings_.push_back(std::move(text));
}

Result<void> Finder::take(const net::HttpsAnswer& answer) {
  if (answer.status == 401)
    return fail(ErrorKind::peer,
                describe_refusal(answer) +
                    "; name credentials: --user with --password-file, --token-file, "
                    "or --key with --cert",
                asking_->text());
  switch (stage_) {
    case Stage::start:
    case Stage::fallback:
      return take_start(answer);
    case Stage::root: {
      if (answer.status == 200) {
        if (const auto resource = parse_root(answer.body, limits))
          take_root(*resource);
        else if (!direct_)
          return wrong(*asking_, resource.error());
      } else {
        warn("the API root does not describe itself: " + describe_refusal(answer));
      }
      ask(direct_ ? Stage::collection : Stage::collections,
          direct_ ? place_.collection : place_.api_root.below("collections/"));
      return {};
    }
    case Stage::collections:
      return take_collections(answer);
    case Stage::collection:
      return take_collection(answer);
    case Stage::done:
      break;
  }
  return fail(ErrorKind::internal, "an answer that nobody asked for");
}

Result<void> Finder::take_start(const net::HttpsAnswer& answer) {
  const bool may_fall_back = stage_ == Stage::start && !start_.path.ends_with("/taxii2/");
  Url fallback = start_;
  fallback.path = "/taxii2/";
  const Result<RootResource> resource =
      answer.status == 200 ? parse_root(answer.body, limits)
                           : Result<RootResource>(fail(ErrorKind::peer, describe_refusal(answer)));
  if (!resource) {
    // A server's own name, or a page for people: TAXII says where its discovery lies.
    if (may_fall_back && (answer.status == 200 || answer.status == 404 || answer.status == 406)) {
      ask(Stage::fallback, fallback);
      return {};
    }
    if (answer.status != 200) return fail(ErrorKind::peer, describe_refusal(answer), asking_->text());
    return wrong(*asking_, resource.error());
  }
  if (!resource->is_api_root) return take_discovery(*resource);
  place_.api_root = *asking_;
  take_root(*resource);
  ask(Stage::collections, place_.api_root.below("collections/"));
  return {};
}

bool Finder::is_wanted_root(const Url& root) const {
  if (wanted_root_.empty()) return true;
  const auto named = start_.resolve(wanted_root_);
  return (named && named->below("").text() == root.text()) || last_segment(root.path) == wanted_root_;
}

Result<void> Finder::take_discovery(const RootResource& resource) {
  std::vector<std::string> names = resource.api_roots;
  if (!resource.default_root.empty()) names.insert(names.begin(), resource.default_root);
  std::size_t elsewhere = 0;
  for (const std::string& name : names) {
    const Result<Url> url = asking_->resolve(name);
    if (!url) {
      warn("an API root that is no URL: " + printable(name, 80));
      continue;
    }
    const Url root = url->below("");
    if (!root.same_origin(start_)) {
      ++elsewhere;
      warn("the API root " + root.text() + " is on another server; name its URL to use it");
      continue;
    }
    if (is_wanted_root(root) && std::ranges::find(roots_, root) == roots_.end()) roots_.push_back(root);
  }
  if (roots_.empty())
    return fail(ErrorKind::not_found,
                elsewhere > 0 ? "all API roots are on other servers; name the URL of one"
                              : "there is no such API root",
                asking_->text());
  return next_root();
}

void Finder::take_root(const RootResource& resource) {
  place_.max_content_length = resource.max_content_length;
  if (!resource.speaks_21) warn("the API root does not say that it speaks TAXII 2.1");
}

Result<void> Finder::next_root() {
  if (!roots_.empty()) {
    place_.api_root = roots_.front();
    roots_.pop_front();
    ask(Stage::root, place_.api_root);
    return {};
  }
  if (wanted_.empty() && readable_.size() == 1) {
    place_ = readable_.front().first;
    place_.about = readable_.front().second;
    stage_ = Stage::done;
    asking_.reset();
    return {};
  }
  if (offered_.empty())
    return fail(ErrorKind::not_found, "the server offers no collection to these credentials", start_.text());
  return fail(
      wanted_.empty() ? ErrorKind::usage : ErrorKind::not_found,
      fmt::format("{} --collection must name one of: {}",
                  wanted_.empty() ? "there is more than one collection;" : "there is no such collection;",
                  fmt::join(offered_, ", ")),
      start_.text());
}

Result<void> Finder::take_collections(const net::HttpsAnswer& answer) {
  if (answer.status != 200) {
    // Some let nobody list what they let you read.
    if (!wanted_.empty() && roots_.empty()) {
      ask(Stage::collection, place_.api_root.below("collections/" + percent_encode(wanted_) + "/"));
      place_.collection = *asking_;
      return {};
    }
    warn("no list of collections at " + place_.api_root.text() + ": " + describe_refusal(answer));
    return next_root();
  }
  auto collections = parse_collections(answer.body, limits);
  if (!collections) return wrong(*asking_, collections.error());
  const auto named = [&](auto member) {
    return std::ranges::find_if(*collections, [&](const auto& one) { return one.*member == wanted_; });
  };
  for (CollectionResource& one : *collections) {
    Place place = place_;
    place.collection = place_.api_root.below("collections/" + percent_encode(one.id) + "/");
    if (offered_.size() < max_offered)
      offered_.push_back(printable(one.title, 60) + " (" + printable(one.id, 60) + ")");
    if (readable_.size() < max_offered) readable_.emplace_back(std::move(place), one);
  }
  if (!wanted_.empty()) {
    // An id is nobody else's; a title may be.
    auto found = named(&CollectionResource::id);
    if (found == collections->end()) found = named(&CollectionResource::alias);
    if (found == collections->end()) {
      found = named(&CollectionResource::title);
      if (std::ranges::count(*collections, wanted_, &CollectionResource::title) > 1)
        return fail(ErrorKind::usage, "several collections have this title; name one by its id",
                    start_.text());
    }
    if (found != collections->end()) {
      place_.collection = place_.api_root.below("collections/" + percent_encode(found->id) + "/");
      place_.about = *found;
      stage_ = Stage::done;
      asking_.reset();
      return {};
    }
  }
  return next_root();
}

Result<void> Finder::take_collection(const net::HttpsAnswer& answer) {
  if (answer.status != 200)
    return fail(answer.status == 404 ? ErrorKind::not_found : ErrorKind::peer, describe_refusal(answer),
                asking_->text());
  const auto json = encoding::parse_json(answer.body);
  if (!json) return wrong(*asking_, json.error());
  auto collection = parse_collection(*json);
  if (!collection) return wrong(*asking_, collection.error());
  if (!wanted_.empty() && wanted_ != collection->id && wanted_ != collection->title &&
      wanted_ != collection->alias && last_segment(place_.collection.path) != wanted_)
    return fail(ErrorKind::usage, "the URL names another collection than --collection", start_.text());
  place_.about = std::move(*collection);
  stage_ = Stage::done;
  asking_.reset();
  return {};
}

}  // namespace parley::client

"""Sites where many unrelated companies have a page: no evidence for which company a record is about."""

from kempt.records.standardizers.word_tables import words

SOCIAL = words("""
facebook.com fb.com fb.me linkedin.com lnkd.in twitter.com x.com t.co instagram.com threads.net youtube.com youtu.be
tiktok.com snapchat.com xing.com
pinterest.com tumblr.com reddit.com quora.com medium.com substack.com t.me telegram.me telegram.org wa.me
whatsapp.com line.me weibo.com wechat.com
vk.com ok.ru vimeo.com soundcloud.com spotify.com behance.net dribbble.com github.com gitlab.com bitbucket.org
about.me linktr.ee beacons.ai
discord.gg discord.com meetup.com eventbrite.com calendly.com bit.ly goo.gl tinyurl.com ow.ly g.page g.co
""")
BUILDERS = words("""
wix.com wixsite.com editorx.io weebly.com squarespace.com wordpress.com wpengine.com wpcomstaging.com blogger.com
blogspot.com jimdo.com jimdofree.com
jimdosite.com jimdoweb.com godaddysites.com secureserver.net webnode.com webnode.page strikingly.com
mystrikingly.com myshopify.com shopify.com
bigcartel.com business.site webflow.io webflow.com netlify.app netlify.com vercel.app now.sh herokuapp.com github.io
gitlab.io pages.dev workers.dev
web.app firebaseapp.com appspot.com azurewebsites.net cloudapp.net windows.net onmicrosoft.com sharepoint.com
amazonaws.com cloudfront.net force.com
my.site.com hubspotpagebuilder.com hs-sites.com unbounce.com carrd.co notion.site site123.me yolasite.com webs.com
angelfire.com geocities.com
tripod.com homestead.com ueniweb.com moonfruit.com bravesites.com ucoz.com ucoz.ru tilda.ws nethouse.ru beepworld.de
npage.de homepage-baukasten.de
canalblog.com over-blog.com eklablog.com pagesperso-orange.fr e-monsite.com altervista.org ameblo.jp hatenablog.com
fc2.com livedoor.jp naver.me
bandcamp.com mailchimpsites.com square.site ngrok.io ngrok.app fly.dev onrender.com surge.sh glitch.me replit.app
repl.co framer.website framer.app
""")
MARKETPLACES = words("""
amazon.com amazon.co.uk amazon.de amazon.fr amazon.it amazon.es ebay.com ebay.co.uk ebay.de etsy.com alibaba.com
aliexpress.com made-in-china.com
indiamart.com mercadolibre.com mercadolivre.com.br yelp.com tripadvisor.com opentable.com booking.com airbnb.com
indeed.com glassdoor.com
crunchbase.com wikipedia.org yellowpages.com gelbeseiten.de dasoertliche.de pagesjaunes.fr paginegialle.it
paginasamarillas.es europages.com
trustpilot.com clutch.co upwork.com fiverr.com play.google.com
""")
SHARED_SITES = SOCIAL | BUILDERS | MARKETPLACES
SHARED_HOSTS = (
    "sites.google.com",
    "docs.google.com",
    "drive.google.com",
    "maps.google.com",
    "plus.google.com",
    "apps.apple.com",
)
